/** What the device process can be asked. Batches cross as typed arrays. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { LoraConfig } from "../models/lora-config.ts";
import type { SampleProgress } from "./generations.ts";
import type { Ragged } from "./ragged.ts";
import type { SampledRows, SampleSettings } from "./sampler.ts";
import type { AdamWSettings, BackwardResult, TrainingLoss } from "./trainer.ts";
import type { Digest } from "./weights-store.ts";

export interface OpenedModel {
  readonly config: DecoderConfig;
  readonly parameters: number;
  readonly baseWeights: Digest;
  /** In words, e.g. `cpu (2 threads)`. */
  readonly device: string;
  /** What `open` calls it: cpu, webgpu, cuda:n. */
  readonly deviceId: string;
  /** Why that one, where `auto` was asked for; empty otherwise. */
  readonly deviceReason: string;
}

export interface FreshAdapter {
  readonly lora: LoraConfig;
  /** Of its random half. */
  readonly seed: number;
}

export interface PackedSequences {
  readonly tokens: Ragged<Int32Array>;
  /** [S] */
  readonly from: Int32Array;
}

// A type alias, not an interface: the protocol's method map needs an index signature.
export type DeviceMethods = {
  /** Must come first. Reads the base model; later calls name weights by digest. All of it keeps within `memory` bytes. */
  open: { params: { directory: string; threads: number; device: string; memory: number }; result: OpenedModel };
  /** A whole model's folder, or an adapter's in PEFT's layout. */
  load: { params: { directory: string }; result: Digest };
  /** Weights as they are trained: a whole model's folder, or an adapter's. */
  save: { params: { weights: string; directory: string }; result: { weights: Digest; bytes: number } };
  /** A whole model's folder in any case. Does not load what it writes. */
  saveMerged: { params: { weights: string; directory: string }; result: { weights: Digest; bytes: number } };
  has: { params: { weights: string }; result: boolean };
  release: { params: { weights: string }; result: undefined };
  sample: {
    params: {
      weights: string;
      prompts: Ragged<Int32Array>;
      rowPrompt: Int32Array;
      seeds: Uint32Array;
      settings: SampleSettings;
      /** Tell of tokens as they are written. */
      pieces: boolean;
    };
    result: SampledRows;
    progress: SampleProgress;
  };
  logprobs: {
    params: { weights: string; sequences: PackedSequences; top: number };
    result: {
      logprobs: Ragged<Float32Array>;
      entropies: Ragged<Float32Array>;
      topTokens: Ragged<Int32Array>;
      topLogprobs: Ragged<Float32Array>;
    };
  };
  /** Trains the weights as they are, or, over the base, a new adapter that changes nothing until its first update. */
  openTrainer: { params: { weights: string; fresh: FreshAdapter | null }; result: number };
  forwardBackward: {
    params: {
      trainer: number;
      sequences: PackedSequences;
      /** [S] */
      advantages: Float32Array;
      oldLogprobs: Ragged<Float32Array> | null;
      refLogprobs: Ragged<Float32Array> | null;
      loss: TrainingLoss;
    };
    result: Omit<BackwardResult, "logprobs"> & { logprobs: Ragged<Float32Array> };
  };
  optimStep: {
    params: { trainer: number; settings: AdamWSettings };
    result: { weights: Digest; gradNorm: number; skipped: boolean };
  };
  closeTrainer: { params: { trainer: number }; result: undefined };
};
