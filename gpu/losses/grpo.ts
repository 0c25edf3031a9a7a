/**
 * The GRPO loss per token (DeepSeekMath, arXiv 2402.03300; clip-higher: DAPO, arXiv 2503.14476; dual clip: Ye et al. 2020,
 * arXiv 1912.09729), with ratio = exp(logprob - oldLogprob) and A the group's advantage:
 *
 *   surrogate = min(ratio A, clip(ratio, 1 - low, 1 + high) A)
 *   surrogate = max(surrogate, dual A)                              where A < 0 and dual clip is on
 *   loss      = sum_t w_t (-surrogate_t + klCoef kl_t)
 *
 * The logarithm of the ratio is bounded by 20 on either side (no gradient beyond).
 * w_t is the aggregation: weights that the caller computes (losses/aggregation.ts) and that sum to 1 over the batch.
 */
import type { Value } from "../graph/node.ts";
import { add, and, cast, clamp, exp, less, max, min, mul, neg, or, sub, where } from "../graph/ops/elementwise.ts";
import { sum } from "../graph/ops/reduction.ts";
import { type KlEstimator, klPerToken } from "./kl.ts";

export interface GrpoTerms {
  readonly clipRatioLow: number;
  readonly clipRatioHigh: number;
  readonly clipRatioDual: number | null;
  readonly klCoef: number;
  readonly klEstimator: KlEstimator;
}

/** All [M], one entry per completion token. */
export interface GrpoInputs {
  readonly logprobs: Value;
  readonly oldLogprobs: Value;
  /** null where klCoef is 0. */
  readonly refLogprobs: Value | null;
  readonly advantages: Value;
  readonly tokenWeights: Value;
}

export interface GrpoLossValues {
  /** Scalars, weighted sums over tokens. */
  readonly loss: Value;
  readonly policyLoss: Value;
  readonly kl: Value;
  readonly clipFraction: Value;
  readonly ratioMean: Value;
}

/**
 * A policy may drift so far from the one that sampled that the ratio overflows; clipped or not, the gradient would then
 * be 0 * infinity. exp(20) lies far outside every clip.
 */
const largestLogRatio = 20;

export function grpoLoss(inputs: GrpoInputs, terms: GrpoTerms): GrpoLossValues {
  const { logprobs, oldLogprobs, refLogprobs, advantages, tokenWeights } = inputs;
  const { clipRatioLow: low, clipRatioHigh: high, clipRatioDual: dual } = terms;
  const ratio = exp(clamp(sub(logprobs, oldLogprobs), -largestLogRatio, largestLogRatio));
  const unclipped = mul(ratio, advantages);
  const clipped = mul(clamp(ratio, 1 - low, 1 + high), advantages);
  const pessimistic = min(unclipped, clipped);
  const negative = less(advantages, 0);
  const surrogate = dual === null ? pessimistic : where(negative, max(pessimistic, mul(advantages, dual)), pessimistic);

  const policyLoss = neg(sum(mul(tokenWeights, surrogate)));
  const weighted = (x: Value) => sum(mul(tokenWeights, x));
  const kl = refLogprobs ? weighted(klPerToken(terms.klEstimator, logprobs, refLogprobs)) : null;
  const active = less(clipped, unclipped);
  const dualActive = dual === null ? null : and(negative, less(pessimistic, mul(advantages, dual)));
  return {
    loss: kl ? add(policyLoss, mul(kl, terms.klCoef)) : policyLoss,
    policyLoss,
    kl: kl ?? mul(policyLoss, 0),
    clipFraction: weighted(cast(dualActive ? or(active, dualActive) : active, "float32")),
    ratioMean: weighted(ratio),
  };
}
