/**
 * Work that a model asks for, whatever computes it: padding, recomputation and element-wise passes never count.
 *
 *   forward = 2 (positions L (2 D H d + 2 D K d + 3 D F) + headPositions V D) + 4 L H d attendedKeys
 *   training = 3 forward
 *   adapter  = 2 forward + attention + 6 positions sum over its matrices of rank (in + out)
 *
 * 2 FLOPs per weight of a product and token (the embedding is a look-up and free), 2 for q k' and 2 for the weighted sum
 * of v per query head, feature and key. The backward pass has two products for each one of the forward pass; over frozen
 * weights one, the gradient of what it was multiplied by, but attention keeps both.
 */
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import { loraSize } from "../../gpu/models/lora.ts";
import type { LoraConfig } from "../../gpu/models/lora-config.ts";

export interface ForwardWork {
  /** Tokens that go through the layers. */
  readonly positions: number;
  /** Tokens whose logits are asked for. */
  readonly headPositions: number;
  /** Keys looked at, itself included, summed over positions: T (T + 1) / 2 for a causal sequence, (T + 1) / 2 on average. */
  readonly attendedKeys: number;
}

/** Weights of the products in one layer. */
export const layerProductWeights = ({
  hiddenSize: D,
  intermediateSize: F,
  heads: H,
  keyValueHeads: K,
  headDim: d,
}: DecoderConfig): number => 2 * D * H * d + 2 * D * K * d + 3 * D * F;

export function forwardFlops(config: DecoderConfig, work: ForwardWork): number {
  const products = work.positions * config.layers * layerProductWeights(config);
  const head = work.headPositions * config.vocabularySize * config.hiddenSize;
  return 2 * (products + head) + 4 * config.layers * config.heads * config.headDim * work.attendedKeys;
}

/** Keys seen by the positions [from, to) of one causal sequence. */
const causalKeys = (from: number, to: number): number => ((to - from) * (from + 1 + to)) / 2;

/** One update on sequences of these lengths, every token but the first being predicted. */
export function trainingFlops(config: DecoderConfig, lengths: readonly number[]): number {
  const positions = lengths.reduce((sum, length) => sum + length, 0);
  const attendedKeys = lengths.reduce((sum, length) => sum + causalKeys(0, length), 0);
  return 3 * forwardFlops(config, { positions, headPositions: positions - lengths.length, attendedKeys });
}

/** One update of a low-rank adapter over frozen weights, otherwise as above. */
export function adapterFlops(config: DecoderConfig, lora: LoraConfig, lengths: readonly number[]): number {
  const positions = lengths.reduce((sum, length) => sum + length, 0);
  const attendedKeys = lengths.reduce((sum, length) => sum + causalKeys(0, length), 0);
  const forward = forwardFlops(config, { positions, headPositions: positions - lengths.length, attendedKeys });
  const attention = forwardFlops(config, { positions: 0, headPositions: 0, attendedKeys });
  return 2 * forward + attention + 6 * positions * loraSize(config, lora);
}

/** Generations of `newTokens` for one row per prompt. The last token written is not read again. */
export function samplingFlops(config: DecoderConfig, promptLengths: readonly number[], newTokens: number): number {
  const ends = promptLengths.map((length) => length + newTokens - 1);
  return forwardFlops(config, {
    positions: ends.reduce((sum, end) => sum + end, 0),
    headPositions: promptLengths.length * newTokens,
    attendedKeys: ends.reduce((sum, end) => sum + causalKeys(0, end), 0),
  });
}
