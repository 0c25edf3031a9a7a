/** Multiple choice: how choices are shown, and which of them a completion names. */
import { extractFinalAnswer } from "../grading/final-answer.ts";

export const letterOf = (place: number): string => String.fromCharCode("A".charCodeAt(0) + place);

/** Letters there are; no benchmark has more choices. */
export const MAX_CHOICES = 26;

export const withChoices = (question: string, choices: readonly string[]): string =>
  `${question}\n\n${choices.map((choice, place) => `${letterOf(place)}. ${choice}`).join("\n")}`;

/**
 * The letter that the final answer names: a letter alone (`B`, `(B)`, `B.`, `\text{B}`), a letter before its own choice
 * (`B. 12 cm`), or the text of exactly one choice. Null where it names none: that is a wrong answer, never a guess (the
 * released code of the paper draws a random letter there).
 */
export function extractChoice(completion: string, choices: readonly string[]): string | null {
  const answer = extractFinalAnswer(completion);
  if (answer === null) return null;
  const text = plain(answer);
  const letter = /^\(([A-Za-z])\)|^([A-Z])(?=$|[).:,;])|^([a-z])(?=$|\))/.exec(text);
  const named = (letter?.[1] ?? letter?.[2] ?? letter?.[3])?.toUpperCase();
  if (named !== undefined && named.charCodeAt(0) - 65 < choices.length) return named;
  const same = choices.flatMap((choice, place) => (plain(choice) === text ? [letterOf(place)] : []));
  return same.length === 1 ? same[0]! : null;
}

const plain = (text: string): string =>
  text
    .replace(/\\(?:text|mathrm|mathbf|textbf)\{([^{}]*)\}/g, "$1")
    .replace(/\$|\\[()[\]]|\*\*/g, "")
    .replace(/^(?:option|choice|answer)\s+/i, "")
    .replace(/\.$/, "")
    .trim();
