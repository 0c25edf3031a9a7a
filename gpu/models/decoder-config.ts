/** The numbers that define a decoder-only transformer. A pure type: weights reads it from disk, models builds graphs from it. */
import type { RopeScaling } from "../nn/rotary-frequencies.ts";

export interface DecoderConfig {
  /** model_type of config.json; what sets one apart from another is in the fields below. */
  readonly architecture: "qwen3" | "qwen2" | "llama";
  /** D */
  readonly hiddenSize: number;
  /** F */
  readonly intermediateSize: number;
  /** L */
  readonly layers: number;
  /** H */
  readonly heads: number;
  /** K; divides H. */
  readonly keyValueHeads: number;
  /** Even; H * headDim need not be D. */
  readonly headDim: number;
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
  /** null where frequencies are as ropeTheta says. */
  readonly ropeScaling: RopeScaling | null;
  /** V */
  readonly vocabularySize: number;
  /** True if the output projection is the embedding table. */
  readonly tieWordEmbeddings: boolean;
  /** Longest sequence in tokens. */
  readonly contextLength: number;
  /** Queries and keys are RMS-normalised per head before the rotary embedding. */
  readonly qkNorm: boolean;
  /** The projections to queries, keys and values have a bias; no other has. */
  readonly qkvBias: boolean;
}
