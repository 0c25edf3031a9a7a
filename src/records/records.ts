/**
 * The nouns of the service: what is stored, passed between services and shown on the wire. Types only.
 * Ids are prefixed ULIDs (`run_01J...`), times are RFC 3339 UTC strings, durations are seconds.
 */
import type { CollapseRisk, IterationSignals } from "../rzero/collapse-risk.ts";
import type { DecompositionOutcome } from "../rzero/decomposed-label.ts";
import type { RunConfig } from "../rzero/run-config.ts";
import type { GateDecision, Verification } from "./evaluator.ts";

export type Role = "challenger" | "solver";

export interface Run {
  readonly id: string;
  readonly createdAt: string;
  readonly model: string;
  readonly domain: string;
  readonly preset: string;
  readonly seed: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Every value the run works with, resolved from preset, model profile and overrides. */
  readonly config: RunConfig;
  /** Where each role stands now. */
  readonly challengerCheckpointId: string;
  readonly solverCheckpointId: string;
  /** Held-out metrics of the base weights; null until the first iteration measured them. */
  readonly baseEvaluation: EvaluationSummary | null;
  /** The best Solver so far by a criterion without labels (rzero/best-checkpoint.ts); null until an iteration was judged. */
  readonly bestCheckpointId: string | null;
  /** Why the run stopped of itself (`config.stopOn`); null where it did not. */
  readonly stopReason: string | null;
}

/** `paused`: somebody asked an operation to wait; its iterations and evaluations stand still with it. */
export type JobState = "queued" | "running" | "paused" | "completed" | "failed" | "cancelled";

export interface Failure {
  readonly code: string;
  readonly message: string;
}

export interface Iteration {
  readonly id: string;
  readonly runId: string;
  /** 1, 2, ... within the run. */
  readonly number: number;
  readonly state: JobState;
  readonly operationId: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly seconds: number | null;
  readonly challengerFrom: string | null;
  readonly challengerTo: string | null;
  readonly solverFrom: string | null;
  readonly solverTo: string | null;
  readonly metrics: IterationMetrics | null;
  /** Null where no evaluator was asked. Refused: both roles stay where they were before the iteration. */
  readonly gate: GateDecision | null;
  readonly error: Failure | null;
}

export interface IterationMetrics {
  readonly proposed: number;
  readonly wellFormed: number;
  readonly distinct: number;
  readonly kept: number;
  /** [11] counts of well-formed questions by majorityShare 0, 0.1, ... 1 (nearest tenth). */
  readonly shareHistogram: readonly number[];
  readonly meanMajorityShare: number;
  /** Well-formed questions of the pool that were clustered: all, or an even sample of a large pool. */
  readonly clustered: number;
  /** Clusters among those. */
  readonly clusters: number;
  /** Share of distinct 2-grams among all 2-grams of the well-formed questions. */
  readonly distinctBigrams: number;
  /** Kept pseudo-labels that agree with the oracle; null where the domain has none. Measured, never trained on. */
  readonly labelAccuracy: number | null;
  /** `labelAccuracy` with its 95 % interval (Wilson) and the labels it is of; null where it is, and in older records. */
  readonly labels?: Proportion | null;
  /** What came of looking at the pool's labels again, in questions; null where nobody did, absent in older records. */
  readonly looks?: Readonly<Record<DecompositionOutcome, number>> | null;
  readonly evaluation: EvaluationSummary;
  /** What was seen without labels, and what it says: rzero/collapse-risk.ts. Absent in older records. */
  readonly signals?: IterationSignals;
  readonly collapseRisk?: CollapseRisk;
  /** Held-out results minus those of the base, and of the iteration before, question by question; null without either. */
  readonly sinceBase?: HeldOutComparison | null;
  readonly sinceLast?: HeldOutComparison | null;
}

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A share of items with its interval. */
export interface Proportion extends Interval {
  readonly items: number;
}

/** A mean difference over the same items, and how often chance alone would make one as large: evaluation/compare-evaluations.ts. */
export interface PairedDifference extends Interval {
  readonly p: number;
}

export interface HeldOutComparison {
  readonly questions: number;
  readonly meanAtK: PairedDifference;
  readonly greedy: PairedDifference;
}

/** Held-out results, each with a 95 % bootstrap interval over questions. */
export interface EvaluationSummary {
  readonly questions: number;
  readonly k: number;
  readonly meanAtK: Interval;
  readonly majAtK: Interval;
  readonly passAtK: Interval;
  readonly greedy: Interval;
  /** Per skill of the domain. */
  readonly skills: Readonly<Record<string, StratumSummary>>;
  /** Per skill and size, e.g. `chain-6`. Absent in older records. */
  readonly strata?: Readonly<Record<string, StratumSummary>>;
}

export interface StratumSummary {
  readonly questions: number;
  readonly meanAtK: number;
  readonly greedy: number;
  /** Absent in older records. */
  readonly meanAtKInterval?: Interval;
  readonly greedyInterval?: Interval;
}

export type PhaseKind = "evaluate-base" | "challenger" | "pool" | "votes" | "solver" | "evaluate";

export interface Phase {
  readonly id: string;
  readonly iterationId: string;
  readonly kind: PhaseKind;
  readonly state: JobState;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

export interface StepMetrics {
  readonly reward: number;
  /** Mean of each named part, e.g. uncertaintyReward, repetitionPenalty, formatReward, correct. */
  readonly rewardParts: Readonly<Record<string, number>>;
  readonly groups: number;
  readonly constantGroups: number;
  readonly sequences: number;
  readonly loss: number;
  readonly kl: number;
  readonly entropy: number;
  readonly clipFraction: number;
  readonly gradNorm: number;
  readonly meanTokens: number;
  readonly truncatedFraction: number;
  /** |sampler - trainer| log-probability of the same token under the same weights. */
  readonly logprobGapMean: number;
  readonly logprobGapMax: number;
  readonly sampledTokensPerSecond: number;
  readonly trainedTokensPerSecond: number;
}

/** One optimiser update of one role (or the record that it was skipped, and why). */
export interface Step {
  readonly id: string;
  readonly runId: string;
  readonly iterationId: string | null;
  readonly phaseId: string | null;
  readonly operationId: string | null;
  readonly role: Role;
  /** 1, 2, ... within the phase. */
  readonly number: number;
  /** Updates the role has seen after this step. */
  readonly policyVersion: number;
  readonly weightsBefore: string;
  readonly weightsAfter: string;
  /** Null if an update was made; otherwise the reason, e.g. `all-groups-constant`, `gradient-not-finite`. */
  readonly skipped: string | null;
  readonly metrics: StepMetrics;
  readonly createdAt: string;
  readonly seconds: number;
}

export type QuestionState =
  /** Written by the Challenger or submitted, not yet judged. */
  | "proposed"
  /** No question block or no boxed answer. */
  | "malformed"
  | "duplicate"
  /** Voted on, share outside the difficulty band. */
  | "outside-band"
  /** An evaluator refused its pseudo-label. */
  | "vetoed"
  /** What is left of it after its first steps has another answer than its votes. */
  | "disputed"
  /** An evaluator was to look at its pseudo-label and gave no verdict. */
  | "unverified"
  /** In the curriculum. */
  | "kept";

export interface Question {
  readonly id: string;
  readonly runId: string;
  readonly iterationId: string | null;
  readonly phaseKind: PhaseKind | null;
  readonly source: "challenger" | "submitted";
  readonly state: QuestionState;
  /** The question; for a malformed proposal, what was written instead. */
  readonly text: string;
  /** What the Challenger boxed. */
  readonly proposedAnswer: string | null;
  /** The Challenger's completion. */
  readonly rolloutId: string | null;
  readonly pseudoLabel: string | null;
  readonly majorityShare: number | null;
  /** Of the oracle, for measurement only. */
  readonly labelCorrect: boolean | null;
  /** What an evaluator said of the pseudo-label; null where none was asked. */
  readonly verification: Verification | null;
  /** How its label was looked at again; null where it was not. */
  readonly decomposition: Decomposition | null;
  readonly createdAt: string;
}

/** Votes on what is left of a question once its first steps are done (rzero/decomposed-label.ts). */
export interface Decomposition {
  readonly outcome: DecompositionOutcome;
  /** One step done, then two. */
  readonly looks: readonly { readonly question: string; readonly label: string | null; readonly share: number }[];
}

export interface VoteGroup {
  readonly answer: string;
  readonly count: number;
  /** Its answers by how they were found to belong to it, e.g. `{"string": 6, "numeric": 1}`; absent in older records. */
  readonly how?: Readonly<Record<string, number>>;
}

/** The Solver's m answers to one question. */
export interface Solution {
  readonly id: string;
  readonly runId: string;
  readonly questionId: string;
  readonly samples: number;
  readonly withoutAnswer: number;
  readonly groups: readonly VoteGroup[];
  readonly pseudoLabel: string | null;
  readonly majorityShare: number;
  /** Comparisons of its answers without a verdict, by code; null in older records. */
  readonly gradingErrors: Readonly<Record<string, number>> | null;
  readonly weights: string;
  readonly policyVersion: number;
  readonly createdAt: string;
}

export interface Rollout {
  readonly id: string;
  readonly runId: string;
  readonly role: Role;
  readonly questionId: string | null;
  readonly solutionId: string | null;
  readonly stepId: string | null;
  /** Rollouts compared with each other share a group. */
  readonly group: number;
  readonly sample: number;
  readonly seed: number;
  readonly prompt: string;
  readonly text: string;
  readonly promptTokenIds: readonly number[];
  readonly tokenIds: readonly number[];
  readonly sampledLogprobs: Float32Array;
  readonly rawLogprobs: Float32Array;
  readonly finishReason: "stop" | "length";
  readonly temperature: number;
  readonly weights: string;
  readonly policyVersion: number;
  /** Extracted answer (solver) or question (challenger). */
  readonly answer: string | null;
  /** How the answer was graded when it was rewarded, e.g. `numeric` or `error:deadline-exceeded`; null where it was not. */
  readonly verdict: string | null;
  readonly reward: number | null;
  readonly rewardParts: Readonly<Record<string, number>> | null;
  readonly advantage: number | null;
  readonly createdAt: string;
}

export interface Checkpoint {
  readonly id: string;
  readonly runId: string | null;
  readonly iterationId: string | null;
  readonly role: Role | "base";
  readonly model: string;
  /** `sha256:` of the canonical safetensors file: float32 model.safetensors, or an adapter's adapter_model.safetensors. */
  readonly digest: string;
  readonly policyVersion: number;
  readonly parents: readonly string[];
  /** Folder under the data directory; empty for base weights, which stay in their model's own. Never shown on the wire. */
  readonly directory: string;
  readonly bytes: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Kept whatever the rule about keeping checkpoints says. */
  readonly pinned: boolean;
  /** When that rule removed its files; the row stays, as what happened. Null: they are there. */
  readonly prunedAt: string | null;
  readonly createdAt: string;
}

export type OperationKind = "iterations" | "questions" | "solutions" | "training-step" | "evaluations" | "backup";

export interface Operation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly state: JobState;
  readonly runId: string | null;
  /** Ids of what it makes, e.g. the iterations. */
  readonly resources: readonly string[];
  readonly request: unknown;
  readonly result: unknown | null;
  readonly error: Failure | null;
  readonly progress: OperationProgress | null;
  /** 0 = next or running; null when paused or ended. */
  readonly queuePosition: number | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface OperationProgress {
  readonly iteration: number | null;
  readonly iterations: number | null;
  readonly phase: PhaseKind | null;
  readonly step: number | null;
  readonly steps: number | null;
  /** 0..1 of the whole operation. */
  readonly fraction: number;
  readonly secondsLeft: number | null;
  readonly reward: number | null;
  readonly tokensPerSecond: number | null;
}

export type EventType =
  | "operation.queued"
  | "operation.started"
  | "operation.resumed"
  | "operation.paused"
  | "iteration.started"
  | "phase.started"
  | "step.completed"
  | "progress"
  | "phase.completed"
  | "iteration.completed"
  | "operation.completed"
  | "operation.failed"
  | "operation.cancelled";

/** Something that happened in an operation. `sequence` rises by one within the operation; it is the SSE id. */
export interface OperationEvent {
  readonly operationId: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

export interface PageRequest {
  /** 1..200. */
  readonly limit: number;
  /** Cursor of an earlier page. */
  readonly after: string | null;
}
