/** Is a Solver's completion right? The domain's answer check says, or the evaluator a run names instead of it. */
import type { Domain } from "../domains/domain.ts";
import type { Ask, GraderItem, Origin } from "../evaluators/ports.ts";
import { verdictName } from "../grading/verdict.ts";
import { Verdicts } from "../grading/verdicts.ts";
import type { SolverRewardKind } from "../rzero/run-config.ts";
import { type SolverReward, solverReward } from "../rzero/solver-reward.ts";

export interface AnsweredRollout {
  readonly question: string;
  readonly pseudoLabel: string;
  readonly text: string;
  readonly answer: string | null;
}

export interface RolloutGrade {
  /** `numeric`, `evaluator:accept`, `error:evaluator-timed-out`; null where the answer check had no answer to look at. */
  readonly verdict: string | null;
  /** Null where the evaluator gave no verdict: such a rollout has no reward, which is not the same as 0. */
  readonly parts: SolverReward | null;
}

export async function gradeByDomain(
  domain: Domain,
  rollouts: readonly AnsweredRollout[],
  kind: SolverRewardKind,
  signal?: AbortSignal,
): Promise<readonly RolloutGrade[]> {
  const pairs = rollouts.map(({ answer, pseudoLabel }) => [answer, pseudoLabel] as const);
  const verdicts = await Verdicts.of(domain.grader, pairs, signal);
  return rollouts.map(({ text, answer, pseudoLabel }) => ({
    verdict: answer === null ? null : verdictName(verdicts.verdict(answer, pseudoLabel)),
    parts: solverReward({ text, answer }, pseudoLabel, verdicts.equivalent, kind),
  }));
}

export async function gradeByEvaluator(
  grader: Ask<GraderItem>,
  rollouts: readonly AnsweredRollout[],
  kind: SolverRewardKind,
  origin: Origin,
  signal?: AbortSignal,
): Promise<readonly RolloutGrade[]> {
  const items = rollouts.map(({ question, pseudoLabel, text, answer }) => ({
    question,
    pseudoLabel,
    answers: [answer],
    completions: [text],
  }));
  const results = await grader(items, origin, signal);
  return rollouts.map(({ text, answer, pseudoLabel }, index) => {
    const result = results[index]!;
    if ("error" in result) return { verdict: `error:${result.error.code}`, parts: null };
    const accepted = result.verdict === "accept";
    // What the evaluator accepts counts as an answer, whether or not one could be extracted.
    const rollout = { text, answer: accepted ? (answer ?? text) : answer };
    return { verdict: `evaluator:${result.verdict}`, parts: solverReward(rollout, pseudoLabel, () => accepted, kind) };
  });
}
