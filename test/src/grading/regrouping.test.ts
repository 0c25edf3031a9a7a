/** What grading by value does to votes, beside string rules like those the original votes with. */
import { expect, it } from "vitest";
import { madeVotes } from "../../../bench/grading/made-votes.ts";
import { compare } from "../../../src/grading/compare.ts";
import { groupsOf, pairsOf } from "../../../src/grading/groups.ts";
import { type Equivalent, majorityVote } from "../../../src/rzero/majority-vote.ts";
import { PRESETS } from "../../../src/rzero/presets.ts";

/**
 * The string stages of a MathRuler-like grader, from the facts of its behaviour: units, text and spaces go, fractions are
 * spelled one way, 0.5 is a half, whole decimals are integers; then the texts must be the same.
 */
function stringRule(answer: string): string {
  return answer
    .replace(/\\text\{\s[^}]*\}/g, "")
    .replace(/\\left|\\right|\\!|\$|\s/g, "")
    .replace(/\\[dt]frac/g, "\\frac")
    .replace(/^[a-z]=/, "")
    .replace(/^(\d+),(\d{3})$/, "$1$2")
    .replace(/^(\d+)\.0+$/, "$1")
    .replace(/^0\.5$/, "\\frac{1}{2}")
    .replace(/^(\d+)\/(\d+)$/, "\\frac{$1}{$2}")
    .replace(/\\sqrt(\d)/g, "\\sqrt{$1}");
}

const byStrings: Equivalent = (a, b) => stringRule(a) === stringRule(b);

function byValue(answers: readonly string[]): Equivalent {
  const { first } = groupsOf(
    answers,
    pairsOf(answers).map(([a, b]) => compare(a, b)),
  );
  const groupOf = new Map(answers.map((answer, place) => [answer, first[place]!]));
  return (a, b) => groupOf.get(a) === groupOf.get(b);
}

it("finds larger majorities, right ones among them, and never merges a right answer with a wrong one", () => {
  const { samples, sampling: _, ...votes } = PRESETS.find(({ name }) => name === "paper")!.config.votes;
  expect(votes).toBeDefined();
  const corpus = madeVotes(300, samples, 3);
  const measure = (equivalentOf: (answers: readonly string[]) => Equivalent) => {
    let [groups, share, rightLabels] = [0, 0, 0];
    for (const { answers, right } of corpus) {
      const vote = majorityVote(answers, equivalentOf(answers));
      groups += vote.groups.length;
      share += vote.majorityShare / corpus.length;
      if (vote.pseudoLabel !== null && right[answers.indexOf(vote.pseudoLabel)]) rightLabels++;
    }
    return { groups, share, rightLabels };
  };
  const strings = measure(() => byStrings);
  const values = measure(byValue);
  const truth = corpus.reduce((sum, { right }) => sum + right.filter(Boolean).length / right.length / corpus.length, 0);
  // The difference, as numbers: of a majority of two thirds, a quarter is lost to notation, and with it labels.
  expect(strings).toEqual({ groups: 1475, share: expect.closeTo(0.502, 3), rightLabels: 271 });
  expect(values).toEqual({ groups: 1143, share: expect.closeTo(0.67, 3), rightLabels: 296 });
  expect(truth).toBeCloseTo(0.668, 3);

  const merged = corpus.flatMap(({ answers, right }) => {
    const equivalent = byValue(answers);
    return pairsOf(answers).filter(
      ([a, b]) => equivalent(a, b) && right[answers.indexOf(a)] !== right[answers.indexOf(b)],
    );
  });
  expect(merged).toEqual([]);
});
