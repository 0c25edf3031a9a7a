/**
 * What the Challenger is paid for (R-Zero, Challenger training), for a batch of B rollouts:
 *
 *   formatReward = 1 if the rollout holds a question block and a boxed answer, else 0 and nothing else is computed
 *   uncertaintyReward = 1 - 2 |p - 1/2|          p = majorityShare of the Solver's votes; or another target: target-share.ts
 *                     0 where the label was to be looked at again and was not confirmed: decomposed-label.ts
 *   repetitionPenalty = lambda |C| / B           repetition.ts
 *   memoryPenalty     = 0                        or what earlier iterations were full of: question-memory.ts
 *   penalty           = repetitionPenalty + memoryPenalty
 *
 *   "paper":          reward = max(0, uncertaintyReward - penalty);                             0 on bad format
 *   "reference-code": reward = min(p, 1 - p) - penalty, not clipped;             -1 - repetitionPenalty on bad format
 *
 * In the released code uncertainty counts half of what it does in the paper (min(p, 1 - p) = uncertaintyReward / 2), so
 * the penalty weighs twice as much; a malformed rollout is a cluster of its own there.
 */
import { memoryPenalty, type RememberedKinds } from "./question-memory.ts";
import { clusterQuestions, repetitionPenalty } from "./repetition.ts";
import type { ChallengerRewardKind } from "./run-config.ts";
import { type TargetShare, uncertaintyReward } from "./target-share.ts";

/** A well-formed question that the Solver has voted on. */
export interface VotedQuestion {
  /** The question as the domain's words. */
  readonly words: readonly string[];
  readonly majorityShare: number;
  /** Was its label confirmed or corrected by other looks? Where that is asked for, others earn nothing. Absent: not asked. */
  readonly checked?: boolean;
  /** Questions of its kind in the run's earlier iterations; absent: nothing is remembered. */
  readonly remembered?: number;
}

export interface ChallengerReward {
  readonly formatReward: 0 | 1;
  /** 0 on bad format. */
  readonly uncertaintyReward: number;
  readonly repetitionPenalty: number;
  /** 0 on bad format. */
  readonly memoryPenalty: number;
  /** Questions of the batch in this one's cluster, itself included; 0 on bad format. */
  readonly clusterSize: number;
  readonly reward: number;
}

export interface ChallengerRewardSettings extends TargetShare {
  readonly reward: ChallengerRewardKind;
  readonly repetitionWeight: number;
  readonly repetitionThreshold: number;
  readonly memoryWeight: number;
}

const NOTHING_REMEMBERED: RememberedKinds = { questions: 0, kinds: 0 };

/** Rewards of a whole batch of rollouts, in its order; null is a malformed one. `memory`: of the run before this iteration. */
export function challengerRewards(
  batch: readonly (VotedQuestion | null)[],
  settings: ChallengerRewardSettings,
  memory: RememberedKinds = NOTHING_REMEMBERED,
): ChallengerReward[] {
  const { labels, sizes } = clusterQuestions(
    batch.filter((question) => question !== null).map((question) => question.words),
    settings.repetitionThreshold,
  );
  let wellFormed = 0;
  return batch.map((question) => {
    if (question === null) return malformedReward(batch.length, settings);
    const clusterSize = sizes[labels[wellFormed++]!]!;
    const repetition = repetitionPenalty(clusterSize, batch.length, settings.repetitionWeight);
    const familiarity = memoryPenalty(question.remembered ?? 0, memory, settings.memoryWeight);
    const penalty = repetition + familiarity;
    const uncertainty = question.checked === false ? 0 : uncertaintyReward(question.majorityShare, settings);
    return {
      formatReward: 1,
      uncertaintyReward: uncertainty,
      repetitionPenalty: repetition,
      memoryPenalty: familiarity,
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
    memoryPenalty: 0,
    clusterSize: 0,
    reward: settings.reward === "paper" ? 0 : -1 - penalty,
  };
}
