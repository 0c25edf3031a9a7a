/**
 * The final answer of a completion in free text: the last box, `\boxed{...}` or `\fbox{...}`; where there is none, the line
 * after `####`, or what follows "the final answer is"; then "the answer is" and "answer:".
 */

const BOX = /\\(?:boxed|fbox|framebox|beginboxed)\s*/g;
const MAX_TEXT = 1_000_000;
/** The end of an announced answer: a line, or a full stop that ends a sentence. */
const ANNOUNCED = String.raw`\s*(?:is|:|=)?\s*:?\s*(.+?)\s*(?:\.\s|\.?$|\n)`;

/** Tried in this order; of each, the last occurrence. */
const ANNOUNCEMENTS: readonly RegExp[] = [
  /####[ \t]*:?[ \t]*([^\n]+)/g,
  new RegExp(`final answer${ANNOUNCED}`, "gim"),
  new RegExp(`(?:the |my )?(?:correct )?(?:answer|option|choice) is${ANNOUNCED}`, "gim"),
  new RegExp(`(?:^|\\n)\\s*(?:\\*\\*)?answer(?:\\*\\*)?\\s*:${ANNOUNCED}`, "gim"),
];

/** Trimmed; null where there is none, or the last box never closes (a truncated completion has no answer). Never throws. */
export function extractFinalAnswer(completion: string): string | null {
  const text = completion.length > MAX_TEXT ? completion.slice(-MAX_TEXT) : completion;
  const boxes = [...text.matchAll(BOX)];
  if (boxes.length > 0) return lastBoxes(text, boxes);
  return announced(text);
}

/** Null where nothing is announced. "Final answer: the answer is 5" announces twice, nobody more often. */
function announced(text: string, times = 2): string | null {
  if (times === 0) return null;
  for (const announcement of ANNOUNCEMENTS) {
    const found = [...text.matchAll(announcement)].at(-1);
    if (found) return announced(found[1]!, times - 1) ?? nonEmpty(found[1]!);
  }
  return null;
}

/** `\boxed{1}, \boxed{2}`, `\boxed{1} and \boxed{2}`: one answer in several boxes. */
const BETWEEN_BOXES = /^\s*\$*\s*(?:[,;]\s*(?:and|or)?|(?:\\text\s*\{)?\s*(?:and|or)\s*\}?)\s*\$*\s*$/;

/** What the last box holds, with those that stand in one list with it. */
function lastBoxes(text: string, boxes: readonly RegExpExecArray[]): string | null {
  const last = contents(text, openingOf(boxes.at(-1)!));
  if (last === null) return null;
  const held = [last];
  for (let at = boxes.length - 2; at >= 0; at--) {
    const inner = contents(text, openingOf(boxes[at]!));
    if (inner === null || text[openingOf(boxes[at]!)] !== "{") break;
    const end = openingOf(boxes[at]!) + inner.length + 2;
    const next = boxes[at + 1]!.index;
    if (end > next || next - end > 40 || !BETWEEN_BOXES.test(text.slice(end, next))) break;
    if (!held.includes(inner)) held.unshift(inner);
  }
  return nonEmpty(held.join(", "));
}

const openingOf = (box: RegExpExecArray): number => box.index + box[0].length;

function nonEmpty(answer: string | null): string | null {
  const trimmed = answer?.replace(/\*\*/g, "").trim() ?? "";
  return trimmed === "" ? null : trimmed;
}

/** What the braces at `start` hold; without braces, the next word. */
function contents(text: string, start: number): string | null {
  if (text[start] !== "{") return /^[^\s$.,;]+/.exec(text.slice(start, start + 200))?.[0] ?? null;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return text.slice(start + 1, at);
  }
  return null;
}
