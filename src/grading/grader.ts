/** The port of grading: verdicts on many pairs of answers, and groups of equivalent ones. */
import type { GradingErrorCode, How, Verdict } from "./verdict.ts";

export type AnswerPair = readonly [a: string, b: string];

/** How one set of answers falls into groups; all arrays [n], in the order of the answers. */
export interface Grouping {
  /** The place of the first answer of its group. */
  readonly first: readonly number[];
  /** How it is known to belong there; "string" for the first. */
  readonly how: readonly How[];
  /** Comparisons within the set that came to no verdict. */
  readonly errors: readonly GradingErrorCode[];
}

export interface Grader {
  /** In the order of the pairs. Symmetric, and the same for the same pair whatever was asked before. */
  compare(pairs: readonly AnswerPair[], signal?: AbortSignal): Promise<readonly Verdict[]>;
  /** One grouping per set. The order of the answers does not change who belongs together. */
  group(sets: readonly (readonly string[])[], signal?: AbortSignal): Promise<readonly Grouping[]>;
  /** Frees what it holds; nothing may be asked afterwards. */
  close(): void;
}
