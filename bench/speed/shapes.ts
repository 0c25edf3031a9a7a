/** The fixed shapes everything is measured at. Changing one makes all earlier numbers incomparable: add another instead. */
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";

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

/** Qwen3-0.6B with 4 of its 28 layers: sixteen rows that share a prompt. Seven tenths of these weights are the vocabulary's. */
export const DECODING_SHAPE = {
  name: "4x1024, vocabulary 151,936",
  decoder: {
    ...qwen3,
    ropeTheta: 1_000_000,
    contextLength: 1024,
    layers: 4,
    hiddenSize: 1024,
    intermediateSize: 3072,
    heads: 16,
    keyValueHeads: 8,
    headDim: 128,
    vocabularySize: 151_936,
  } satisfies DecoderConfig,
  batch: 16,
  promptLength: 128,
  turns: 16,
} as const;
