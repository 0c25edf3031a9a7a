/** What the device process can be asked. Batches cross as typed arrays. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { Ragged } from "./ragged.ts";
import type { SampledRows, SampleSettings } from "./sampler.ts";
import type { AdamWSettings, BackwardResult, TrainingLoss } from "./trainer.ts";
import type { Digest } from "./weights-store.ts";

export interface OpenedModel {
  readonly config: DecoderConfig;
  readonly parameters: number;
  readonly baseWeights: Digest;
  readonly device: string;
}

export interface PackedSequences {
  readonly tokens: Ragged<Int32Array>;
  /** [S] */
  readonly from: Int32Array;
}

// A type alias, not an interface: the protocol's method map needs an index signature.
export type DeviceMethods = {
  /** Must come first. Reads the base model; later calls name weights by digest. */
  open: { params: { directory: string; threads: number; memory?: number }; result: OpenedModel };
  load: { params: { directory: string }; result: Digest };
  save: { params: { weights: string; directory: string }; result: { weights: Digest; bytes: number } };
  has: { params: { weights: string }; result: boolean };
  release: { params: { weights: string }; result: undefined };
  sample: {
    params: {
      weights: string;
      prompts: Ragged<Int32Array>;
      rowPrompt: Int32Array;
      seeds: Uint32Array;
      settings: SampleSettings;
    };
    result: SampledRows;
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
  openTrainer: { params: { weights: string }; result: number };
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
