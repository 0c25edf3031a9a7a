/** What the loop asks of people outside. Results come in the order of the items; a failure is a result, never a verdict. */
import type { EvaluatorKind, EvaluatorResult } from "../records/evaluator.ts";

/** Where a batch belongs. `iterationId`: within one, a question that was answered is not asked again (after a restart). */
export interface Origin {
  readonly runId: string | null;
  readonly iterationId: string | null;
  /** 1, 2, ... of the iteration. */
  readonly iteration: number | null;
}

export interface GraderItem {
  readonly question: string;
  readonly pseudoLabel: string;
  readonly answers: readonly (string | null)[];
  readonly completions: readonly string[];
}

export interface VerifierItem extends GraderItem {
  readonly majorityShare: number;
}

export interface JudgeItem {
  readonly question: string;
  readonly reference: string;
  readonly answer: string;
}

export interface GateItem {
  readonly challenger: { readonly id: string; readonly digest: string };
  readonly solver: { readonly id: string; readonly digest: string };
  readonly metrics: Readonly<Record<string, unknown>>;
}

export interface ItemOf {
  /** Is the completion right, given the pseudo-label? One item is one completion. */
  readonly grader: GraderItem;
  /** May the Solver be trained on this pseudo-label? */
  readonly verifier: VerifierItem;
  /** A second opinion, to be recorded beside the rule's verdict and never merged with it. */
  readonly judge: JudgeItem;
  /** May the run go on from these checkpoints? */
  readonly gate: GateItem;
}

export type Ask<Item> = (
  items: readonly Item[],
  origin: Origin,
  signal?: AbortSignal,
) => Promise<readonly EvaluatorResult[]>;

export interface Evaluators {
  /** `id` of a registered evaluator of that kind. Throws CurriculumError `not-found`. */
  ask<K extends EvaluatorKind>(kind: K, id: string): Ask<ItemOf[K]>;
}
