/** The fixed shapes everything is measured at. Changing one makes all earlier numbers incomparable: add another instead. */
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import { type LoraConfig, loraTargets } from "../../gpu/models/lora-config.ts";

export interface TrainingShape {
  readonly name: string;
  readonly decoder: DecoderConfig;
  /** B sequences of T tokens each, so no padding. */
  readonly batch: number;
  readonly length: number;
}

export interface SamplingShape {
  readonly name: string;
  readonly decoder: DecoderConfig;
  /** Rows, each with a prompt of its own. */
  readonly batch: number;
  readonly promptLengths: readonly number[];
  readonly newTokens: number;
}

const qwen3 = {
  architecture: "qwen3",
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  ropeScaling: null,
  tieWordEmbeddings: true,
  contextLength: 256,
  qkNorm: true,
  qkvBias: false,
} as const;

/** The embedded model's shape with a vocabulary of 32: products so thin that everything around them shows. */
const small: DecoderConfig = {
  ...qwen3,
  layers: 4,
  hiddenSize: 128,
  intermediateSize: 384,
  heads: 4,
  keyValueHeads: 2,
  headDim: 32,
  vocabularySize: 32,
};

/** Large enough for the products to dominate, small enough for two cores. */
const large: DecoderConfig = {
  ...qwen3,
  layers: 8,
  hiddenSize: 512,
  intermediateSize: 1536,
  heads: 8,
  keyValueHeads: 4,
  headDim: 64,
  vocabularySize: 8192,
};

export const TRAINING_SHAPES: readonly TrainingShape[] = [
  { name: "4x128", decoder: small, batch: 64, length: 64 },
  { name: "8x512", decoder: large, batch: 16, length: 256 },
];

/** 256 rows, each with a prompt of its own, all written to the end: 57 new tokens after the longest prompt are 64 positions. */
export const SAMPLING_SHAPE: SamplingShape = {
  name: "4x128",
  decoder: small,
  batch: 256,
  promptLengths: Array.from({ length: 256 }, (_, row) => 5 + (row % 3)),
  newTokens: 57,
};

export interface DecodingShape {
  readonly name: string;
  readonly decoder: DecoderConfig;
  /** Rows that share a prompt. */
  readonly batch: number;
  readonly promptLength: number;
  /** Tokens of one run. */
  readonly turns: number;
}

/** Qwen3-0.6B (arXiv 2505.09388). */
const qwen3Small: DecoderConfig = {
  ...qwen3,
  ropeTheta: 1_000_000,
  contextLength: 1024,
  layers: 28,
  hiddenSize: 1024,
  intermediateSize: 3072,
  heads: 16,
  keyValueHeads: 8,
  headDim: 128,
  vocabularySize: 151_936,
};

const decoding = { batch: 16, promptLength: 128, turns: 16 } as const;

/** With 4 of its 28 layers seven tenths of the weights are the vocabulary's. */
export const DECODING_SHAPES = {
  shallow: { name: "4x1024, vocabulary 151,936", decoder: { ...qwen3Small, layers: 4 }, ...decoding },
  large: { name: "28x1024, vocabulary 151,936", decoder: qwen3Small, ...decoding },
} as const satisfies Record<string, DecodingShape>;

/** An adapter on every projection, as a run has it above 200 million weights. */
export const ADAPTER_SHAPE = {
  name: "28x1024, vocabulary 151,936",
  decoder: qwen3Small,
  lora: { rank: 16, alpha: 32, targets: loraTargets },
  batch: 4,
  length: 256,
} as const satisfies TrainingShape & { lora: LoraConfig };
