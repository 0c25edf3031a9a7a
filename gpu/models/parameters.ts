/** Names, shapes and order of a decoder's parameters, in Hugging Face's names. */
import type { Value } from "../graph/node.ts";
import { reshape, split } from "../graph/ops/movement.ts";
import type { DecoderConfig } from "./decoder-config.ts";

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Norm gains and biases are not decayed. */
  readonly decayed: boolean;
}

export const sizeOfSpec = (spec: ParameterSpec): number => spec.shape.reduce((a, b) => a * b, 1);

/** Whether a projection of a layer, e.g. `self_attn.q_proj`, has a bias. */
export const hasBias = (config: DecoderConfig, projection: string): boolean =>
  config.qkvBias && ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"].includes(projection);

/** All parameters in the order in which they lie in the flat weight vector. */
export function parameterSpecs(config: DecoderConfig): readonly ParameterSpec[] {
  const { hiddenSize: D, intermediateSize: F, headDim, vocabularySize: V } = config;
  const matrix = (name: string, ...shape: number[]): ParameterSpec => ({ name, shape, decayed: true });
  const vector = (name: string, size: number): ParameterSpec => ({ name, shape: [size], decayed: false });
  const layer = (i: number): ParameterSpec[] => {
    const at = `model.layers.${i}`;
    const projection = (name: string, out: number, from: number): ParameterSpec[] => [
      matrix(`${at}.${name}.weight`, out, from),
      ...(hasBias(config, name) ? [vector(`${at}.${name}.bias`, out)] : []),
    ];
    const headNorm = (name: string): ParameterSpec[] =>
      config.qkNorm ? [vector(`${at}.${name}.weight`, headDim)] : [];
    return [
      vector(`${at}.input_layernorm.weight`, D),
      ...projection("self_attn.q_proj", config.heads * headDim, D),
      ...projection("self_attn.k_proj", config.keyValueHeads * headDim, D),
      ...projection("self_attn.v_proj", config.keyValueHeads * headDim, D),
      ...headNorm("self_attn.q_norm"),
      ...headNorm("self_attn.k_norm"),
      ...projection("self_attn.o_proj", D, config.heads * headDim),
      vector(`${at}.post_attention_layernorm.weight`, D),
      ...projection("mlp.gate_proj", F, D),
      ...projection("mlp.up_proj", F, D),
      ...projection("mlp.down_proj", D, F),
    ];
  };
  return [
    matrix("model.embed_tokens.weight", V, D),
    ...Array.from({ length: config.layers }, (_, i) => layer(i)).flat(),
    vector("model.norm.weight", D),
    ...(config.tieWordEmbeddings ? [] : [matrix("lm_head.weight", V, D)]),
  ];
}

/** Number of weights. */
export const parameterCount = (config: DecoderConfig): number =>
  parameterSpecs(config).reduce((total, spec) => total + sizeOfSpec(spec), 0);

/** The parameters of one model in a graph, by name. */
export type Parameters = (name: string) => Value;

/** Cuts the flat weight vector [P] into named parameters. One Split; the reshapes are free. */
export function unpackParameters(
  flat: Value,
  specs: readonly ParameterSpec[],
): { all: readonly Value[]; get: Parameters } {
  const parts = split(flat, 0, specs.map(sizeOfSpec));
  const all = parts.map((part, i) => reshape(part, specs[i]!.shape));
  const byName = new Map(specs.map((spec, i) => [spec.name, all[i]!]));
  return {
    all,
    get: (name) => {
      const value = byName.get(name);
      if (!value) throw new Error(`internal: no parameter ${name}`);
      return value;
    },
  };
}
