/** What a GPU is measured at: Qwen3-0.6B's shape (arXiv 2505.09388) with random weights, and one to try the script with. */
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import type { ProductShape } from "../speed/matmul-ceiling.ts";
import type { SamplingShape, TrainingShape } from "../speed/shapes.ts";

export interface GpuShape {
  readonly training: TrainingShape;
  readonly sampling: SamplingShape;
  /** Products whose best is the ceiling; as the bench has them if absent. */
  readonly products?: readonly ProductShape[];
}

const qwen3: DecoderConfig = {
  architecture: "qwen3",
  layers: 28,
  hiddenSize: 1024,
  intermediateSize: 3072,
  heads: 16,
  keyValueHeads: 8,
  headDim: 128,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 1_000_000,
  ropeScaling: null,
  vocabularySize: 151_936,
  tieWordEmbeddings: true,
  contextLength: 1024,
  qkNorm: true,
  qkvBias: false,
};

const tiny: DecoderConfig = {
  ...qwen3,
  layers: 2,
  hiddenSize: 32,
  intermediateSize: 48,
  heads: 4,
  keyValueHeads: 2,
  headDim: 16,
  vocabularySize: 40,
  contextLength: 64,
};

const prompts = (rows: number, length: number) => new Array<number>(rows).fill(length);

export const GPU_SHAPES: Readonly<Record<"qwen3-0.6b" | "tiny", GpuShape>> = {
  "qwen3-0.6b": {
    training: { name: "qwen3-0.6b", decoder: qwen3, batch: 4, length: 256 },
    sampling: { name: "qwen3-0.6b", decoder: qwen3, batch: 16, promptLengths: prompts(16, 64), newTokens: 65 },
  },
  tiny: {
    training: { name: "tiny", decoder: tiny, batch: 2, length: 8 },
    sampling: { name: "tiny", decoder: tiny, batch: 2, promptLengths: prompts(2, 4), newTokens: 9 },
    products: [{ name: "64^3", rows: 64, inner: 64, outer: 64, pairs: 1, weights: "fed" }],
  },
};

export type GpuShapeName = keyof typeof GPU_SHAPES;
