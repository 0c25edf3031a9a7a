/**
 * Rule against judge, two raters of right and wrong. Cohen's kappa (1960):
 *
 *   kappa = (p_o - p_e) / (1 - p_e);   p_o the share of equal verdicts, p_e what the two shares of "right" give by chance
 */
import type { Agreement, GradedAnswer } from "../records/evaluations.ts";

/** Over the answers a judge was asked about. */
export function agreementOf(answers: readonly Pick<GradedAnswer, "correct" | "judge">[]): Agreement {
  let errors = 0;
  const counts = { bothRight: 0, onlyRule: 0, onlyJudge: 0, bothWrong: 0 };
  for (const { correct, judge } of answers) {
    if (judge === null) continue;
    if ("error" in judge) errors++;
    else if (judge.equivalent) counts[correct ? "bothRight" : "onlyJudge"]++;
    else counts[correct ? "onlyRule" : "bothWrong"]++;
  }
  const { bothRight, onlyRule, onlyJudge, bothWrong } = counts;
  const judged = bothRight + onlyRule + onlyJudge + bothWrong;
  if (judged === 0) return { judged, errors, ...counts, agreement: null, kappa: null };
  const agreement = (bothRight + bothWrong) / judged;
  const rule = (bothRight + onlyRule) / judged;
  const other = (bothRight + onlyJudge) / judged;
  const chance = rule * other + (1 - rule) * (1 - other);
  return { judged, errors, ...counts, agreement, kappa: chance === 1 ? null : (agreement - chance) / (1 - chance) };
}
