/** From what a policy wrote to the rows that remember it. */
import type { Completion, WeightsDigest } from "../policy/policy.ts";
import type { Role, Rollout } from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";

/** Who wrote it, under which weights, after which prompt. */
export interface RolloutOrigin {
  readonly runId: string;
  readonly role: Role;
  readonly prompt: string;
  readonly promptTokenIds: readonly number[];
  readonly weights: WeightsDigest;
  readonly policyVersion: number;
  readonly temperature: number;
}

/** What is known of it besides. */
export interface RolloutPlace {
  readonly group: number;
  readonly sample: number;
  readonly questionId?: string;
  readonly solutionId?: string;
  /** Extracted answer (solver) or question (challenger). */
  readonly answer: string | null;
  /** How the answer was graded against the pseudo-label. */
  readonly verdict?: string | null;
  readonly reward?: number;
  readonly rewardParts?: Readonly<Record<string, number>>;
  readonly advantage?: number;
}

export function rolloutRecord(
  environment: Pick<Environment, "curriculum" | "now">,
  completion: Completion,
  origin: RolloutOrigin,
  place: RolloutPlace,
): Rollout {
  return {
    id: environment.curriculum.makeId("rollout"),
    ...origin,
    questionId: place.questionId ?? null,
    solutionId: place.solutionId ?? null,
    stepId: null,
    group: place.group,
    sample: place.sample,
    seed: completion.seed,
    text: completion.text,
    tokenIds: completion.tokenIds,
    sampledLogprobs: completion.sampledLogprobs,
    rawLogprobs: completion.rawLogprobs,
    finishReason: completion.finishReason,
    answer: place.answer,
    verdict: place.verdict ?? null,
    reward: place.reward ?? null,
    rewardParts: place.rewardParts ?? null,
    advantage: place.advantage ?? null,
    createdAt: timestamp(environment),
  };
}
