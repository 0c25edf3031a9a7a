/** The judge's verdicts beside the rule's. */
import type { EvaluationResult, GradedAnswer } from "../records/evaluations.ts";
import type { Judge, JudgeCase } from "./judge.ts";

/** The same results with `judge` filled in; an answer that is missing is not asked about. */
export async function askJudge<T extends Pick<EvaluationResult, "question" | "reference" | "samples" | "greedy">>(
  judge: Judge,
  results: readonly T[],
  signal: AbortSignal,
): Promise<readonly T[]> {
  const cases: JudgeCase[] = [];
  const places = new Map<GradedAnswer, number>();
  for (const { question, reference, samples, greedy } of results) {
    for (const graded of [...samples, greedy]) {
      if (graded?.answer == null) continue;
      places.set(graded, cases.push({ question, reference, answer: graded.answer }) - 1);
    }
  }
  const verdicts = await judge.judge(cases, signal);
  const judged = (graded: GradedAnswer): GradedAnswer => {
    const place = places.get(graded);
    return place === undefined ? graded : { ...graded, judge: verdicts[place]! };
  };
  return results.map((result) => ({
    ...result,
    samples: result.samples.map(judged),
    greedy: result.greedy && judged(result.greedy),
  }));
}
