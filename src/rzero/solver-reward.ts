/**
 * What the Solver is paid for (R-Zero, Solver training):
 *
 *   correct = 1 if the rollout's answer is equivalent to the question's pseudo-label, else 0
 *
 *   "correct":                  reward = correct
 *   "correct-and-think-format": reward = 0.9 correct + 0.1 thinkFormat        the released code; its prompt asks for no
 *                               <think> tags, so on a model that writes none this only scales the reward
 */
import type { Equivalent } from "./majority-vote.ts";
import type { SolverRewardKind } from "./run-config.ts";

export interface SolverRollout {
  readonly text: string;
  /** Extracted answer, null where there is none. */
  readonly answer: string | null;
}

export interface SolverReward {
  readonly correct: 0 | 1;
  readonly thinkFormat: 0 | 1;
  readonly reward: number;
}

export function solverReward(
  rollout: SolverRollout,
  pseudoLabel: string,
  equivalent: Equivalent,
  kind: SolverRewardKind,
): SolverReward {
  const correct = rollout.answer !== null && equivalent(rollout.answer, pseudoLabel) ? 1 : 0;
  const thinkFormat = hasThinkFormat(rollout.text) ? 1 : 0;
  return { correct, thinkFormat, reward: kind === "correct" ? correct : 0.9 * correct + 0.1 * thinkFormat };
}

/** `<think>` ... `</think>` ... `\boxed{` ... `}`, with nothing before it. */
function hasThinkFormat(text: string): boolean {
  if (!text.startsWith("<think>")) return false;
  const thoughtEnd = text.indexOf("</think>");
  const box = thoughtEnd < 0 ? -1 : text.indexOf("\\boxed{", thoughtEnd);
  return box >= 0 && text.indexOf("}", box) >= 0;
}
