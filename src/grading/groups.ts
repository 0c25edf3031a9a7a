/**
 * Groups of equivalent answers: the connected components of "is the same as".
 *
 * Sameness with tolerance and unstated units is not transitive (5 cm is 5, 5 is 5 m), and joining whoever comes to the first
 * that fits makes groups depend on the order. Components do not: two answers belong together if a chain of verdicts links them.
 */
import type { AnswerPair, Grouping } from "./grader.ts";
import type { GradingErrorCode, How, Verdict } from "./verdict.ts";

/** Every two different texts among the answers, each pair once. */
export function pairsOf(answers: readonly string[]): readonly AnswerPair[] {
  const distinct = [...new Set(answers)];
  return distinct.flatMap((a, index) => distinct.slice(index + 1).map((b): AnswerPair => [a, b]));
}

/** `verdicts` of `pairsOf(answers)`, in its order. */
export function groupsOf(answers: readonly string[], verdicts: readonly Verdict[]): Grouping {
  const distinct = [...new Set(answers)];
  // parent[i] <= i: the root of a component is its earliest text.
  const parent = distinct.map((_, index) => index);
  const how: How[] = distinct.map(() => "string");
  const errors: GradingErrorCode[] = [];
  const rootOf = (index: number): number => (parent[index] === index ? index : rootOf(parent[index]!));
  let at = 0;
  for (let a = 0; a < distinct.length; a++) {
    for (let b = a + 1; b < distinct.length; b++) {
      const verdict = verdicts[at++]!;
      if ("error" in verdict) errors.push(verdict.error);
      else if (verdict.equivalent) {
        const [low, high] = [rootOf(a), rootOf(b)].sort((x, y) => x - y) as [number, number];
        if (low !== high) parent[high] = low;
        if (how[b] === "string") how[b] = verdict.how;
      }
    }
  }
  const place = new Map(distinct.map((text, index) => [text, index]));
  const firstPlace = new Map<string, number>();
  answers.forEach((text, index) => {
    if (!firstPlace.has(text)) firstPlace.set(text, index);
  });
  return {
    first: answers.map((text) => firstPlace.get(distinct[rootOf(place.get(text)!)]!)!),
    how: answers.map((text) => how[place.get(text)!]!),
    errors,
  };
}
