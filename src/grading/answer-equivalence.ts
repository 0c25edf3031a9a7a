/** When two answers are the same: equal after normalisation, or exactly equal as numbers. */
import { equalRationals, parseRational } from "./rational.ts";

/** Longer answers are compared as they stand: it bounds the time that a hostile or degenerate text can take. */
const MAX_LENGTH = 1000;

/**
 * Removes what does not change an answer's meaning: white space, math delimiters, sizing commands, a trailing full stop,
 * one outer pair of braces, `x=` before a value; and spells fractions one way. Never throws; idempotent.
 */
export function normalizeAnswer(answer: string): string {
  let text = answer.trim();
  if (text.length > MAX_LENGTH) return text;
  // Every pass that changes something shortens the text or spells one command differently, so this ends.
  for (;;) {
    const next = normalizeOnce(text);
    if (next === text) return text;
    text = next;
  }
}

function normalizeOnce(answer: string): string {
  const text = answer
    .replace(/\\(?:left|right)(?![a-zA-Z])/g, "")
    .replace(/\\[dt]frac(?![a-zA-Z])/g, "\\frac")
    .replace(/\\frac(\d)(\d)/g, "\\frac{$1}{$2}")
    .replace(/\\[!,;: ()[\]]|~|\$/g, "")
    .replace(/\u2212/g, "-")
    // "7 3/4" is a mixed number and must not become 73/4.
    .replace(/^\s*([+-]?)(\d+)\s+(\d+)\/(\d+)\s*$/, "$1$2\\frac{$3}{$4}")
    .replace(/(\d)\s+(?=\d)/g, "$1 ")
    .replace(/(?<!\d)\s+|\s+(?!\d)/g, "")
    .replace(/\.$/, "")
    .replace(/^[a-zA-Z]=/, "");
  return /^\{[^{}]*\}$/.test(text) ? text.slice(1, -1) : text;
}

/** Symmetric and total. Numbers by value (`1/2`, `0.5`, `\frac{2}{4}`), everything else by its normalised text. */
export function equivalentAnswers(a: string, b: string): boolean {
  const left = normalizeAnswer(a);
  const right = normalizeAnswer(b);
  if (left === right) return true;
  const leftValue = parseRational(left);
  const rightValue = leftValue && parseRational(right);
  return leftValue !== null && rightValue !== null && equalRationals(leftValue, rightValue);
}

/** A boxed text as an answer: normalised; null where nothing is left. */
export function answerOrNull(boxed: string | null): string | null {
  const answer = boxed === null ? "" : normalizeAnswer(boxed);
  return answer === "" ? null : answer;
}
