/** One question of a held-out evaluation: what was answered, and how much of it was right. Types only. */
import type { Role } from "./records.ts";

export interface EvaluationItem {
  /** `eval_...` */
  readonly id: string;
  readonly runId: string;
  /** Null for the evaluation of the base weights. */
  readonly iterationId: string | null;
  readonly role: Role;
  readonly weights: string;
  readonly policyVersion: number;
  /** Id of the question in the domain's held-out set. */
  readonly itemId: string;
  readonly question: string;
  /** The held-out set's answer. */
  readonly reference: string;
  readonly skill: string;
  /** [k] extracted answers of the samples; null where a sample held none. */
  readonly answers: readonly (string | null)[];
  /** How many of `answers` are equivalent to the reference: 0..k. */
  readonly correct: number;
  readonly greedyAnswer: string | null;
  readonly greedyCorrect: boolean;
  readonly createdAt: string;
}
