/** How a graph is given the weights of a model. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { type Adapter, loraSize, loraSpecs, noAdapter, unpackAdapter } from "./lora.ts";
import type { LoraConfig } from "./lora-config.ts";
import { type ParameterSpec, type Parameters, parameterCount, parameterSpecs, unpackParameters } from "./parameters.ts";

/**
 * `flat`: one vector of all weights, input `weights` [P], cut up at the start of the graph. What is trained whole.
 * Otherwise one input per parameter by its name, which copies nothing, and the vector of a low-rank adapter over them,
 * input `adapter` [P], or none.
 */
export type WeightsLayout = "flat" | { readonly lora: LoraConfig | null };

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
  const { lora } = layout;
  return lora === null ? "tensors" : `lora:${lora.rank}:${lora.alpha}:${lora.targets.join("+")}`;
}

export interface ModelInputs {
  readonly parameters: Parameters;
  readonly adapter: Adapter;
  /** What the trained vector was cut into; empty where nothing is trained. */
  readonly trained: readonly Value[];
}

export function modelInputs(builder: GraphBuilder, config: DecoderConfig, layout: WeightsLayout): ModelInputs {
  const vector = trainedVector(config, layout);
  const flat = vector && builder.input(vector.input, "float32", [vector.size]);
  if (layout === "flat") {
    const { all, get } = unpackParameters(flat!, parameterSpecs(config));
    return { parameters: get, adapter: noAdapter, trained: all };
  }
  const parameters = parameterInputs(builder, config);
  if (layout.lora === null) return { parameters, adapter: noAdapter, trained: [] };
  const { all, get } = unpackAdapter(flat!, config, layout.lora);
  return { parameters, adapter: get, trained: all };
}

function parameterInputs(builder: GraphBuilder, config: DecoderConfig): Parameters {
  const values = new Map(
    parameterSpecs(config).map(({ name, shape }) => [name, builder.input(name, "float32", shape)]),
  );
  return (name) => {
    const value = values.get(name);
    if (!value) throw new Error(`internal: no parameter ${name}`);
    return value;
  };
}
