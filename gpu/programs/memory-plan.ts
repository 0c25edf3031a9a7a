/** How a program trades arithmetic for memory. Every plan computes the same numbers, up to the order of sums. */
export interface MemoryPlan {
  /** Rows of logits that exist at a time; null: all. */
  readonly logitRows: number | null;
  /** Between forward and backward a layer keeps its input only, and is computed again on the way back. */
  readonly recompute: boolean;
  /** Queries that are compared with keys at a time; null: all. */
  readonly queryRows: number | null;
}

/** Least arithmetic: what small models and short texts are run with. */
export const keepEverything: MemoryPlan = { logitRows: null, recompute: false, queryRows: null };
