/** What an answer may look like before anything reads it: this, and not the deadline, is what bounds most hostile texts. */
import { GradingError } from "./verdict.ts";

/** Characters. Longer answers are compared as text only. */
export const MAX_LENGTH = 2000;
/** Brackets, fractions and powers inside each other. */
const MAX_DEPTH = 40;
/** Nodes of one parsed expression. */
export const MAX_NODES = 800;
/** Vertical bars: whether one opens or closes is guessed, and a parser may try every way. */
const MAX_BARS = 12;
/** Bits of an exact number; beyond them a power is not multiplied out. */
export const MAX_BITS = 100_000;

/** Throws `too-long` or `too-deep`. */
export function checkLimits(text: string): void {
  if (text.length > MAX_LENGTH) {
    throw new GradingError("too-long", `an answer of ${text.length} characters; at most ${MAX_LENGTH} are read`);
  }
  let depth = 0;
  let bars = 0;
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if ("({[".includes(char)) depth++;
    else if (")}]".includes(char)) depth--;
    else if (char === "|") bars++;
    // Prefix and infix towers nest without a bracket: ----1, 2^2^2^2, \sqrt\sqrt\sqrt 2.
    run = "+-^_!'\\".includes(char) ? run + 1 : /[\w\s.,]/.test(char) ? run : 0;
    if (depth > MAX_DEPTH) throw new GradingError("too-deep", `an answer nested deeper than ${MAX_DEPTH}`);
  }
  if (bars > MAX_BARS) throw new GradingError("too-deep", `an answer with ${bars} vertical bars; at most ${MAX_BARS}`);
}
