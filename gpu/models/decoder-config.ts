/** The numbers that define a decoder-only transformer. A pure type: weights reads it from disk, models builds graphs from it. */
export interface DecoderConfig {
  readonly architecture: "qwen3";
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
  /** V */
  readonly vocabularySize: number;
  /** True if the output projection is the embedding table. */
  readonly tieWordEmbeddings: boolean;
  /** Longest sequence in tokens. */
  readonly contextLength: number;
  /** Queries and keys are RMS-normalised per head before the rotary embedding. */
  readonly qkNorm: true;
}
