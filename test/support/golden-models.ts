/** The tiny models of test/golden and what PyTorch says about them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { KlEstimator } from "../../gpu/losses/kl.ts";
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import type { LoraConfig } from "../../gpu/models/lora-config.ts";
import { parameterSpecs, sizeOfSpec } from "../../gpu/models/parameters.ts";
import { type NamedTensor, readSafetensors } from "./read-safetensors.ts";

export interface GoldenGrpo {
  readonly program: {
    readonly clipRatioLow: number;
    readonly clipRatioHigh: number;
    readonly clipRatioDual: number | null;
    readonly klCoef: number;
    readonly klEstimator: KlEstimator;
    readonly temperature: number;
    readonly givenOldLogprobs: boolean;
  };
  readonly advantages: readonly number[];
  readonly oldLogprobs: readonly number[];
  readonly refLogprobs: readonly number[];
  readonly logprobs: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** What test/golden/golden_training.py asks of every model. */
export interface GoldenTraining {
  readonly sequences: readonly (readonly number[])[];
  readonly promptLengths: readonly number[];
  readonly logprobs: {
    readonly k: number;
    readonly logprobs: readonly number[];
    readonly entropies: readonly number[];
    readonly topLogprobs: readonly (readonly number[])[];
    readonly topTokens: readonly (readonly number[])[];
  };
  readonly greedy: {
    readonly prompts: readonly (readonly number[])[];
    readonly tokens: readonly (readonly number[])[];
  };
  readonly sft: { readonly loss: number };
  readonly adamw: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly maxGradNorm: number;
    readonly losses: readonly number[];
    readonly gradNorms: readonly number[];
    readonly finalLoss: number;
  };
}

/** test/golden/qwen3: asked more, and given its config in our own names. */
export interface GoldenQwen3 extends GoldenTraining {
  readonly config: DecoderConfig;
  readonly grpo: Readonly<Record<string, GoldenGrpo>>;
}

const at = (file: string) => new URL(`../golden/${file}`, import.meta.url);
const readJson = (file: string): unknown => JSON.parse(readFileSync(at(file), "utf8"));

export const goldenQwen3 = (name: "tied" | "untied"): GoldenQwen3 => readJson(`qwen3/${name}.json`) as GoldenQwen3;

/** Tensors of test/golden/qwen3. */
export const goldenTensors = (file: string): ReadonlyMap<string, NamedTensor> =>
  readSafetensors(at(`qwen3/${file}.safetensors`));

/** Folders of test/golden/architectures. */
export const goldenArchitectures = [
  "qwen3-sharded",
  "qwen2",
  "qwen2-yarn",
  "llama3",
  "llama-mha",
  "llama-linear",
] as const;

export interface GoldenFolder extends GoldenTraining {
  readonly directory: string;
  readonly gradient: ReadonlyMap<string, NamedTensor>;
  /** After the AdamW steps. */
  readonly trained: ReadonlyMap<string, NamedTensor>;
}

export const goldenFolder = (name: (typeof goldenArchitectures)[number]): GoldenFolder => ({
  ...(readJson(`architectures/${name}/golden.json`) as GoldenTraining),
  directory: fileURLToPath(at(`architectures/${name}`)),
  gradient: readSafetensors(at(`architectures/${name}/sft-gradient.safetensors`)),
  trained: readSafetensors(at(`architectures/${name}/adamw-weights.safetensors`)),
});

/** Folders of test/golden/lora. */
export const goldenAdapters = ["qwen2-all", "qwen3-attention", "llama3-mlp"] as const;

export interface GoldenAdapter extends GoldenTraining {
  /** The adapter, as PEFT wrote it. */
  readonly directory: string;
  /** A folder of test/golden/architectures. */
  readonly base: (typeof goldenArchitectures)[number];
  readonly lora: LoraConfig;
  /** Of the model that PEFT merged. */
  readonly mergedLogprobs: readonly number[];
  readonly gradient: ReadonlyMap<string, NamedTensor>;
  /** After the AdamW steps. */
  readonly trained: ReadonlyMap<string, NamedTensor>;
}

export const goldenAdapter = (name: (typeof goldenAdapters)[number]): GoldenAdapter => ({
  ...(readJson(`lora/${name}/golden.json`) as Pick<GoldenAdapter, "base" | "lora" | "mergedLogprobs"> & GoldenTraining),
  directory: fileURLToPath(at(`lora/${name}`)),
  gradient: readSafetensors(at(`lora/${name}/sft-gradient.safetensors`)),
  trained: readSafetensors(at(`lora/${name}/adamw-weights.safetensors`)),
});

/** Named tensors as the flat vector of gpu/models/parameters.ts. */
export function flattenParameters(config: DecoderConfig, tensors: ReadonlyMap<string, NamedTensor>): Float32Array {
  const specs = parameterSpecs(config);
  if (tensors.size !== specs.length) throw new Error(`${tensors.size} tensors for ${specs.length} parameters`);
  return Float32Array.from(
    specs.flatMap((spec) => {
      const tensor = tensors.get(spec.name);
      if (tensor?.shape.join() !== spec.shape.join())
        throw new Error(`${spec.name}: golden shape [${tensor?.shape}], parameter shape [${spec.shape}]`);
      return [...tensor.data];
    }),
  );
}

/** The part of a flat vector that belongs to each parameter, by name. */
export function splitParameters(config: DecoderConfig, flat: Float32Array): ReadonlyMap<string, Float32Array> {
  let start = 0;
  return new Map(
    parameterSpecs(config).map((spec) => {
      const part = flat.subarray(start, start + sizeOfSpec(spec));
      start += part.length;
      return [spec.name, part];
    }),
  );
}
