/** The exact rule as a grader: an equivalence relation, microseconds a pair, in this thread. */
import { mapInPieces } from "../policy/map-in-pieces.ts";
import { equivalentAnswers, normalizeAnswer } from "./answer-equivalence.ts";
import type { Grader, Grouping } from "./grader.ts";
import { different, type How, same, type Verdict } from "./verdict.ts";

export const exactGrader: Grader = {
  compare: (pairs) => mapInPieces(pairs, ([a, b]) => compareExactly(a, b)),
  group: (sets) => mapInPieces(sets, groupExactly),
  close: () => undefined,
};

function compareExactly(a: string, b: string): Verdict {
  if (a === b) return same("string");
  if (!equivalentAnswers(a, b)) return different("numeric");
  return same(normalizeAnswer(a) === normalizeAnswer(b) ? "string" : "numeric");
}

/** The relation is transitive: whoever is like a group's first is like all of it. */
function groupExactly(answers: readonly string[]): Grouping {
  const groups: { readonly place: number; readonly answer: string }[] = [];
  const first: number[] = [];
  const how: How[] = [];
  answers.forEach((answer, place) => {
    const group = groups.find((each) => each.answer === answer || equivalentAnswers(each.answer, answer));
    if (!group) groups.push({ place, answer });
    first.push(group?.place ?? place);
    how.push(group && normalizeAnswer(group.answer) !== normalizeAnswer(answer) ? "numeric" : "string");
  });
  return { first, how, errors: [] };
}
