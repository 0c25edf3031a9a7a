/** External evaluators: somebody else's verdicts, and the record of every batch that was sent for them. */

export type EvaluatorKind = "grader" | "verifier" | "judge" | "gate";

export interface Evaluator {
  readonly id: string;
  readonly kind: EvaluatorKind;
  readonly url: string;
  /** 1, 2, ...: one more with every change of the URL or the secret. What was said by an earlier one is not said by this one. */
  readonly version: number;
  readonly description: string;
  /** Milliseconds one attempt may take. */
  readonly deadlineMs: number;
  /** Items of a batch; more are sent as several. */
  readonly batchSize: number;
  /** Batches under way at once. */
  readonly maxConcurrent: number;
  /** Attempts at one batch, at least 1. */
  readonly attempts: number;
  readonly createdAt: string;
}

export type EvaluatorErrorCode =
  /** No connection, or not to such an address. */
  | "evaluator-unreachable"
  | "evaluator-timed-out"
  /** A status other than 2xx. */
  | "evaluator-refused"
  /** Not JSON, too large, or not one fitting verdict for each item. */
  | "evaluator-answer-invalid"
  /** It failed too often just now and was not asked. */
  | "evaluator-circuit-open";

export interface EvaluatorError {
  readonly code: EvaluatorErrorCode;
  readonly message: string;
}

export interface EvaluatorVerdict {
  readonly verdict: "accept" | "refuse";
  /** In [0, 1]. */
  readonly score: number;
  readonly reasons: readonly string[];
}

/** Never a verdict where there was none. */
export type EvaluatorResult = EvaluatorVerdict | { readonly error: EvaluatorError };

export interface EvaluatorAttempt {
  readonly startedAt: string;
  readonly milliseconds: number;
  /** How it ended: `json`, `not-json`, `bad-status`, `timed-out`, ... */
  readonly outcome: string;
  readonly status: number | null;
  readonly message: string;
}

/** One batch sent to one evaluator. Its id is the `webhook-id` of every attempt. */
export interface EvaluatorCall {
  readonly id: string;
  readonly evaluatorId: string;
  readonly evaluatorVersion: number;
  readonly kind: EvaluatorKind;
  readonly runId: string | null;
  readonly iterationId: string | null;
  /** JSON, exactly as it was sent and signed. */
  readonly body: string;
  /** SHA-256 of what was asked: kind, run, iteration and items. */
  readonly digest: string;
  readonly attempts: readonly EvaluatorAttempt[];
  /** In the order of the items; empty where the call failed. */
  readonly verdicts: readonly EvaluatorVerdict[];
  readonly error: EvaluatorError | null;
  readonly createdAt: string;
  readonly finishedAt: string;
}

/** What an evaluator said of a question's pseudo-label. */
export type Verification = EvaluatorResult & { readonly evaluatorId: string };

/** What became of an iteration's checkpoints at its gate. */
export interface GateDecision {
  readonly evaluatorId: string;
  readonly accepted: boolean;
  readonly score: number | null;
  readonly reasons: readonly string[];
  /** Why there is no verdict; then nothing was accepted. */
  readonly error: EvaluatorError | null;
  /** What was judged. */
  readonly challenger: string;
  readonly solver: string;
}
