/** How fast each pair of a head turns with the position, and what a checkpoint trained to longer texts changes about it. */

/** The `rope_scaling` of Hugging Face's config.json that is not "default". Lengths are in tokens. */
export type RopeScaling = LinearScaling | Llama3Scaling | YarnScaling;

export interface LinearScaling {
  readonly type: "linear";
  readonly factor: number;
}

export interface Llama3Scaling {
  readonly type: "llama3";
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalContextLength: number;
}

export interface YarnScaling {
  readonly type: "yarn";
  readonly factor: number;
  readonly originalContextLength: number;
  /** Turns within the original context above which a pair is left alone. */
  readonly betaFast: number;
  /** Turns within the original context below which a pair is slowed down by the whole factor. */
  readonly betaSlow: number;
  /** Whether the bounds of the ramp are rounded to whole pairs. */
  readonly truncate: boolean;
  /** See yarnMagnitude; null where the checkpoint does not say. */
  readonly attentionFactor: number | null;
  readonly mscale: number | null;
  readonly mscaleAllDim: number | null;
}

export interface RotaryFrequencies {
  /** [headDim / 2] radians per position */
  readonly perPosition: Float64Array;
  /** What cos and sin are multiplied by. */
  readonly magnitude: number;
}

/** In double precision. theta^(-2 i / headDim) for pair i (arXiv 2104.09864), then `scaling`. */
export function rotaryFrequencies(headDim: number, theta: number, scaling: RopeScaling | null): RotaryFrequencies {
  const plain = Float64Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
  if (scaling === null) return { perPosition: plain, magnitude: 1 };
  switch (scaling.type) {
    case "linear":
      return { perPosition: plain.map((f) => f / scaling.factor), magnitude: 1 };
    case "llama3":
      return { perPosition: plain.map((f) => llama3(f, scaling)), magnitude: 1 };
    case "yarn":
      return { perPosition: yarn(plain, headDim, theta, scaling), magnitude: yarnMagnitude(scaling) };
  }
}

/**
 * With n = originalContextLength f / 2 pi, the turns within the original context (Llama 3.1's own code; transformers'
 * "llama3"):
 *   n > high         f
 *   n < low          f / factor
 *   in between       (1 - s) f / factor + s f,   s = (n - low) / (high - low)
 */
function llama3(f: number, scaling: Llama3Scaling): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const turns = (originalContextLength * f) / (2 * Math.PI);
  if (turns > high) return f;
  if (turns < low) return f / factor;
  const s = (turns - low) / (high - low);
  return ((1 - s) * f) / factor + s * f;
}

/**
 * YaRN's "NTK-by-parts" (arXiv 2309.00071, section 3.2, as transformers computes it): pair i turns n times within the
 * original context where i = pair(n),
 *   pair(n) = headDim log(originalContextLength / (2 pi n)) / (2 log theta)
 *   ramp(i) = clamp((i - pair(betaFast)) / (pair(betaSlow) - pair(betaFast)), 0, 1)
 *   f' = (1 - ramp) f + ramp f / factor
 */
function yarn(plain: Float64Array, headDim: number, theta: number, scaling: YarnScaling): Float64Array {
  const { factor, originalContextLength, betaFast, betaSlow, truncate } = scaling;
  const pair = (turns: number) =>
    (headDim * Math.log(originalContextLength / (2 * Math.PI * turns))) / (2 * Math.log(theta));
  const low = Math.max(truncate ? Math.floor(pair(betaFast)) : pair(betaFast), 0);
  const high = Math.min(truncate ? Math.ceil(pair(betaSlow)) : pair(betaSlow), headDim - 1);
  const width = high === low ? 0.001 : high - low;
  return plain.map((f, i) => {
    const ramp = Math.min(Math.max((i - low) / width, 0), 1);
    return (1 - ramp) * f + (ramp * f) / factor;
  });
}

/**
 * m(k) = 0.1 k log(factor) + 1 for factor > 1, else 1. The checkpoint's attentionFactor if it has one, else
 * m(mscale) / m(mscaleAllDim) if it has both and neither is 0, else m(1) (arXiv 2309.00071, section 3.4).
 */
function yarnMagnitude({ factor, attentionFactor, mscale, mscaleAllDim }: YarnScaling): number {
  if (attentionFactor !== null) return attentionFactor;
  const m = (k: number) => (factor > 1 ? 0.1 * k * Math.log(factor) + 1 : 1);
  return mscale && mscaleAllDim ? m(mscale) / m(mscaleAllDim) : m(1);
}
