/** Are two answers the same? Pure and symmetric; see worker/ for what keeps it from taking too long. */
import { normalizeAnswer } from "./answer-equivalence.ts";
import { compareValues } from "./compare-values.ts";
import { MAX_LENGTH } from "./limits.ts";
import { normalizeNotation } from "./notation.ts";
import { sameNumbers, stepOf } from "./number.ts";
import { parseRational } from "./rational.ts";
import { readAnswer } from "./read-answer.ts";
import type { Value } from "./value.ts";
import { decide, GradingError, same, type Verdict } from "./verdict.ts";

/** Reads answers that were read before from memory. */
export type ReadAnswer = (answer: string) => Value;

/** Never throws: what cannot be graded is a verdict with an error. */
export function compare(a: string, b: string, read: ReadAnswer = readAnswer): Verdict {
  const quick = compareQuickly(a, b);
  if (quick !== null) return quick;
  // One order for both: the verdict cannot depend on who is asked first.
  const [first, second] = a < b ? [a, b] : [b, a];
  try {
    return compareValues(read(first), read(second));
  } catch (error) {
    if (error instanceof GradingError) {
      // What nobody can read may still be the same symbols.
      if (error.code === "unparsable" && symbols(first) === symbols(second)) return same("text");
      return { error: error.code, message: error.message };
    }
    if (error instanceof RangeError)
      return { error: "too-deep", message: "an answer nested too deeply to be compared" };
    throw error;
  }
}

/** Equal texts and plain numbers, in microseconds; null for everything else. */
export function compareQuickly(a: string, b: string): Verdict | null {
  if (a === b) return same("string");
  if (a.length > MAX_LENGTH || b.length > MAX_LENGTH) return null;
  const [left, right] = [plainNumber(a), plainNumber(b)];
  if (left !== null && right !== null) {
    return decide(sameNumbers({ value: left, step: stepOf(a) }, { value: right, step: stepOf(b) }), "numeric");
  }
  // It drops "x =", and x = 5 is not y = 5.
  if (a.includes("=") || b.includes("=")) return null;
  return normalizeAnswer(a) === normalizeAnswer(b) ? same("string") : null;
}

/** Only what reads the same whoever reads it: digits, a sign, a point, a slash. */
const plainNumber = (text: string) => (/^[+-]?\d+(?:\.\d+|\/\d+)?$/.test(text) ? parseRational(text) : null);

const symbols = (answer: string): string => normalizeNotation(answer).replace(/[\s\\{}]/g, "");
