/**
 * What the Challenger is paid for (R-Zero, Challenger training), for a batch of B rollouts:
 *
 *   formatReward = 1 if the rollout holds a question block and a boxed answer, else 0 and nothing else is computed
 *   uncertaintyReward = 1 - 2 |p - 1/2|          p = majorityShare of the Solver's votes
 *   repetitionPenalty = lambda |C| / B           repetition.ts
 *
 *   "paper":          reward = max(0, uncertaintyReward - repetitionPenalty);                   0 on bad format
 *   "reference-code": reward = min(p, 1 - p) - repetitionPenalty, not clipped;   -1 - repetitionPenalty on bad format
 *
 * In the released code uncertainty counts half of what it does in the paper (min(p, 1 - p) = uncertaintyReward / 2), so
 * the penalty weighs twice as much; a malformed rollout is a cluster of its own there.
 */
import { clusterQuestions, repetitionPenalty } from "./repetition.ts";
import type { ChallengerRewardKind } from "./run-config.ts";

/** A well-formed question that the Solver has voted on. */
export interface VotedQuestion {
  /** The question as the domain's words. */
  readonly words: readonly string[];
  readonly majorityShare: number;
}

export interface ChallengerReward {
  readonly formatReward: 0 | 1;
  /** 0 on bad format. */
  readonly uncertaintyReward: number;
  readonly repetitionPenalty: number;
  /** Questions of the batch in this one's cluster, itself included; 0 on bad format. */
  readonly clusterSize: number;
  readonly reward: number;
}

export interface ChallengerRewardSettings {
  readonly reward: ChallengerRewardKind;
  readonly repetitionWeight: number;
  readonly repetitionThreshold: number;
}

export function uncertaintyReward(majorityShare: number): number {
  return 1 - 2 * Math.abs(majorityShare - 0.5);
}

/** Rewards of a whole batch of rollouts, in its order; null is a malformed one. */
export function challengerRewards(
  batch: readonly (VotedQuestion | null)[],
  settings: ChallengerRewardSettings,
): ChallengerReward[] {
  const { labels, sizes } = clusterQuestions(
    batch.filter((question) => question !== null).map((question) => question.words),
    settings.repetitionThreshold,
  );
  let wellFormed = 0;
  return batch.map((question) => {
    if (question === null) return malformedReward(batch.length, settings);
    const clusterSize = sizes[labels[wellFormed++]!]!;
    const penalty = repetitionPenalty(clusterSize, batch.length, settings.repetitionWeight);
    const uncertainty = uncertaintyReward(question.majorityShare);
    return {
      formatReward: 1,
      uncertaintyReward: uncertainty,
      repetitionPenalty: penalty,
      clusterSize,
      reward: settings.reward === "paper" ? Math.max(0, uncertainty - penalty) : uncertainty / 2 - penalty,
    };
  });
}

function malformedReward(batchSize: number, settings: ChallengerRewardSettings): ChallengerReward {
  const penalty = settings.reward === "paper" ? 0 : repetitionPenalty(1, batchSize, settings.repetitionWeight);
  return {
    formatReward: 0,
    uncertaintyReward: 0,
    repetitionPenalty: penalty,
    clusterSize: 0,
    reward: settings.reward === "paper" ? 0 : -1 - penalty,
  };
}
