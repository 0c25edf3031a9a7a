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
  const last = boxes.at(-1);
  if (last) return nonEmpty(contents(text, last.index + last[0].length));
  for (const announcement of ANNOUNCEMENTS) {
    const found = [...text.matchAll(announcement)].at(-1);
    if (found) return nonEmpty(found[1]!);
  }
  return null;
}

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
