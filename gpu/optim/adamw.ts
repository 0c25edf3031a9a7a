/**
 * AdamW with decoupled decay (Loshchilov & Hutter 2019, arXiv 1711.05101) over the flat weight vector, PyTorch's order:
 *   w <- w (1 - lr wd mask)
 *   m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
 *   w <- w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 */
import type { Value } from "../graph/node.ts";
import { add, div, mul, sqrt, sub } from "../graph/ops/elementwise.ts";

/** Scalars, so that a schedule needs no new graph. */
export interface AdamWScalars {
  readonly learningRate: Value;
  readonly beta1: Value;
  readonly beta2: Value;
  readonly epsilon: Value;
  readonly weightDecay: Value;
  /** 1 - beta1^t */
  readonly correction1: Value;
  /** 1 - beta2^t */
  readonly correction2: Value;
}

export interface AdamWState {
  /** [P] */
  readonly weights: Value;
  readonly firstMoment: Value;
  readonly secondMoment: Value;
}

/** @param decayMask [P], 1 where a weight decays. */
export function adamW(state: AdamWState, gradient: Value, decayMask: Value, s: AdamWScalars): AdamWState {
  const firstMoment = add(mul(state.firstMoment, s.beta1), mul(gradient, sub(1, s.beta1)));
  const secondMoment = add(mul(state.secondMoment, s.beta2), mul(mul(gradient, gradient), sub(1, s.beta2)));
  const kept = sub(state.weights, mul(mul(state.weights, decayMask), mul(s.learningRate, s.weightDecay)));
  // lr / c1 * m / (sqrt(v) / sqrt(c2) + eps)
  const denominator = add(div(sqrt(secondMoment), sqrt(s.correction2)), s.epsilon);
  const step = mul(div(firstMoment, denominator), div(s.learningRate, s.correction1));
  return { weights: sub(kept, step), firstMoment, secondMoment };
}
