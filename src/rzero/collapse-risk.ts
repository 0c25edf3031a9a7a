/**
 * Early warning: how likely it is that self-training has begun to teach errors, from what can be seen without a label (our
 * decision).
 *
 *   fall_s = max(0, 1 - now_s / best_s)              best_s: the largest value of signal s so far, this iteration included
 *   risk   = max over s of min(1, fall_s / tolerance_s)
 *
 * A majority vote amplifies whatever the Solver gets wrong in the same way every time, so the share of votes rises while
 * labels become false; what gives that away is judges who did not learn with it: the base, the Challenger's own answer, the
 * votes of earlier checkpoints. The signal that makes the risk is named. A tolerance is the fall that counts as collapse.
 */

export interface IterationSignals {
  /** Proposals of the pool that are well-formed. */
  readonly formatRate: number | null;
  /** Samples of the pool's votes that had an answer. */
  readonly answerRate: number | null;
  /** Clusters of the pool over the questions that were clustered. */
  readonly diversity: number | null;
  /** Questions of the pool on which the Challenger's own answer is the majority's. */
  readonly proposerAgreement: number | null;
  /** Labels of the curriculum that the Solver's greedy answer gives too. */
  readonly greedyAgreement: number | null;
  /** Labels of the curriculum that the base's greedy answer gives too. */
  readonly baseAgreement: number | null;
  /** Mean majority share of the samples on held-out questions. */
  readonly selfConsistency: number | null;
  /** Held-out samples that agree with what all checkpoints so far agree on: best-checkpoint.ts. */
  readonly consensus: number | null;
}

export type Signal = keyof IterationSignals;

/** A fall by this part of the best value is a risk of 1. */
export const TOLERANCES = {
  formatRate: 0.2,
  answerRate: 0.1,
  diversity: 0.5,
  // Falls where questions become harder, also while everything rises: 0.22 to 0.07 in six healthy iterations. Shown only.
  proposerAgreement: Number.POSITIVE_INFINITY,
  greedyAgreement: 0.3,
  baseAgreement: 0.3,
  selfConsistency: 0.2,
  consensus: 0.1,
} as const satisfies Record<Signal, number>;

export const SIGNALS = Object.keys(TOLERANCES) as Signal[];

export interface CollapseRisk {
  /** 0..1 */
  readonly value: number;
  /** The signal that has fallen most against its tolerance; null where none has fallen. */
  readonly because: Signal | null;
}

/** `history`: earlier iterations of the run. A signal that was not measured says nothing. */
export function collapseRisk(now: IterationSignals, history: readonly IterationSignals[]): CollapseRisk {
  let risk: CollapseRisk = { value: 0, because: null };
  for (const signal of SIGNALS) {
    const value = now[signal];
    const best = Math.max(...history.map((earlier) => earlier[signal] ?? 0));
    if (value === null || !(best > 0)) continue;
    const own = Math.min(1, Math.max(0, 1 - value / best) / TOLERANCES[signal]);
    if (own > risk.value) risk = { value: own, because: signal };
  }
  return risk;
}
