/** How a graph is given the weights of a model. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { type Linear, linear, linearOfFewRows } from "../nn/linear.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { type Adapter, loraSize, loraSpecs, noAdapter, unpackAdapter } from "./lora.ts";
import type { LoraConfig } from "./lora-config.ts";
import { type ParameterSpec, type Parameters, parameterCount, parameterSpecs, unpackParameters } from "./parameters.ts";

/**
 * Where a graph finds the weights of the model that it only reads, each by its name; neither copies anything.
 * `fed`: one input per parameter. `mapped`: in the files they were loaded from, which a session maps when it is opened.
 */
export type FrozenWeights = "fed" | "mapped";

/**
 * `flat`: one vector of all weights, input `weights` [P], cut up at the start of the graph. What is trained whole.
 * Otherwise they are frozen, under the vector of a low-rank adapter, input `adapter` [P], or none.
 */
export type WeightsLayout = "flat" | { readonly frozen: FrozenWeights; readonly lora: LoraConfig | null };

/**
 * Up to so many weights whole models are fed as one vector, which is cut up at the start of every run: what is trained whole
 * on a device is then sampled there too without a copy through the host. Above, the copy of every weight in every run costs
 * more.
 */
export const largestFlat = 64e6;

/** The flat vector that a layout trains. */
export interface TrainedVector {
  readonly input: "weights" | "adapter";
  /** In the order of the vector. */
  readonly specs: readonly ParameterSpec[];
  /** P */
  readonly size: number;
}

/** @returns null where a layout has nothing to train. */
export function trainedVector(config: DecoderConfig, layout: WeightsLayout): TrainedVector | null {
  if (layout === "flat") return { input: "weights", specs: parameterSpecs(config), size: parameterCount(config) };
  const { lora } = layout;
  return lora && { input: "adapter", specs: loraSpecs(config, lora), size: loraSize(config, lora) };
}

/** A name for a layout, e.g. for programs that differ by it. */
export function layoutKey(layout: WeightsLayout): string {
  if (layout === "flat") return "flat";
  const { frozen, lora } = layout;
  return lora === null ? frozen : `${frozen}:lora:${lora.rank}:${lora.alpha}:${lora.targets.join("+")}`;
}

export interface ModelInputs {
  readonly parameters: Parameters;
  readonly adapter: Adapter;
  /** What the trained vector was cut into; empty where nothing is trained. */
  readonly trained: readonly Value[];
  /** How weights are multiplied by one token of each row. */
  readonly decodeLinear: Linear;
}

export function modelInputs(builder: GraphBuilder, config: DecoderConfig, layout: WeightsLayout): ModelInputs {
  const vector = trainedVector(config, layout);
  const flat = vector && builder.input(vector.input, "float32", [vector.size]);
  if (layout === "flat") {
    const { all, get } = unpackParameters(flat!, parameterSpecs(config));
    return { parameters: get, adapter: noAdapter, trained: all, decodeLinear: linear };
  }
  const parameters = frozenParameters(builder, config, layout.frozen);
  const frozen = { parameters, decodeLinear: linearOfFewRows };
  if (layout.lora === null) return { ...frozen, adapter: noAdapter, trained: [] };
  const { all, get } = unpackAdapter(flat!, config, layout.lora);
  return { ...frozen, adapter: get, trained: all };
}

const frozenValue = {
  fed: (builder: GraphBuilder, { name, shape }: ParameterSpec) => builder.input(name, "float32", shape),
  mapped: (builder: GraphBuilder, { name, shape }: ParameterSpec) => builder.stored(name, "float32", shape),
} satisfies Record<FrozenWeights, unknown>;

function frozenParameters(builder: GraphBuilder, config: DecoderConfig, frozen: FrozenWeights): Parameters {
  const values = new Map(parameterSpecs(config).map((spec) => [spec.name, frozenValue[frozen](builder, spec)]));
  return (name) => {
    const value = values.get(name);
    if (!value) throw new Error(`internal: no parameter ${name}`);
    return value;
  };
}
