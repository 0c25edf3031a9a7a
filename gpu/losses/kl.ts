/**
 * Estimators of KL(policy || reference) from the policy's own samples (Schulman 2020, "Approximating KL divergence"),
 * with d = refLogprob - logprob per token:  k1 = -d,  k2 = d^2 / 2,  k3 = exp(d) - d - 1.
 */
import type { Value } from "../graph/node.ts";
import { clamp, exp, mul, neg, sub } from "../graph/ops/elementwise.ts";

export type KlEstimator = "k1" | "k2" | "k3";

/** exp(20) is far beyond any policy worth keeping; the clamp only keeps a lost one from overflowing. */
const largestLogRatio = 20;

export const klEstimators = {
  k1: (d) => neg(d),
  k2: (d) => mul(mul(d, d), 0.5),
  k3: (d) => {
    const bounded = clamp(d, -largestLogRatio, largestLogRatio);
    return sub(sub(exp(bounded), bounded), 1);
  },
} satisfies Record<KlEstimator, (d: Value) => Value>;

/** [M] per token. */
export const klPerToken = (estimator: KlEstimator, logprobs: Value, refLogprobs: Value): Value =>
  klEstimators[estimator](sub(refLogprobs, logprobs));
