/** What came of an evaluation on a benchmark: metrics with intervals, what was counted, and rule and judge side by side. */
import type { BenchmarkSummary, EvaluationResult, EvaluationSettings, GradedAnswer } from "../records/evaluations.ts";
import type { Random } from "../rzero/seeds.ts";
import { agreementOf } from "./agreement.ts";
import { bySkill, type GradedQuestion, metricIntervals } from "./metrics.ts";

/** What a summary needs of a result; texts may be left behind. */
export type CountedResult = Pick<EvaluationResult, "skill" | "samples" | "greedy" | "majority">;

export function answersOf({ samples, greedy }: Pick<EvaluationResult, "samples" | "greedy">): readonly GradedAnswer[] {
  return greedy === null ? samples : [...samples, greedy];
}

export const isUnparsed = ({ answer, truncated }: GradedAnswer): boolean => answer === null && !truncated;
export const isUngraded = ({ how }: GradedAnswer): boolean => how?.startsWith("error:") ?? false;

/** `results`: every item of the evaluation, in order. */
export function summarizeBenchmark(
  results: readonly CountedResult[],
  settings: EvaluationSettings,
  random: Random,
): BenchmarkSummary {
  const { samples, k } = settings;
  const answers = results.flatMap(answersOf);
  const questions = results.map(byRule);
  return {
    items: results.length,
    samples,
    k,
    ...metricIntervals(questions, random, k),
    answers: {
      total: answers.length,
      truncated: answers.filter(({ truncated }) => truncated).length,
      unparsed: answers.filter(isUnparsed).length,
      ungraded: answers.filter(isUngraded).length,
      tokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
    },
    skills: bySkill(questions),
    judge: settings.judge ? judgeSummary(results, answers, k, random) : null,
  };
}

const byRule = ({ skill, samples, greedy, majority }: CountedResult): GradedQuestion => ({
  skill,
  correct: samples.map(({ correct }) => correct),
  majority: majority?.correct ?? null,
  greedy: greedy?.correct ?? null,
});

function judgeSummary(
  results: readonly CountedResult[],
  answers: readonly GradedAnswer[],
  k: number,
  random: Random,
): BenchmarkSummary["judge"] {
  const whole = results.filter((result) =>
    answersOf(result).every(({ judge }) => judge === null || !("error" in judge)),
  );
  // An answer that is missing was not shown to the judge, and is wrong.
  const right = ({ judge }: GradedAnswer) => judge !== null && "equivalent" in judge && judge.equivalent;
  const questions = whole.map(({ skill, samples, greedy }) => ({
    skill,
    correct: samples.map(right),
    majority: null,
    greedy: greedy && right(greedy),
  }));
  const { meanAtK, greedy } = metricIntervals(questions, random, k);
  return { items: whole.length, meanAtK, greedy, agreement: agreementOf(answers) };
}
