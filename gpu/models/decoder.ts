/**
 * The decoder of Llama (arXiv 2302.13971): pre-norm layers of attention with rotary positions, then SwiGLU. Qwen2 (arXiv
 * 2407.10671) adds a bias to queries, keys and values, Qwen3 (arXiv 2505.09388) an RMS norm per head of queries and keys
 * instead. How keys and values are kept is the caller's: training attends within the batch, the sampler to its cache.
 * Both are therefore one model.
 */
import { type Dim, multiplyDims } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { add } from "../graph/ops/elementwise.ts";
import { embedding } from "../graph/ops/indexing.ts";
import { rmsNorm, rope } from "../graph/ops/linalg.ts";
import { reshape } from "../graph/ops/movement.ts";
import { linear } from "../nn/linear.ts";
import { lowRankUpdate } from "../nn/low-rank.ts";
import type { RotaryTables } from "../nn/rotary.ts";
import { swiglu } from "../nn/swiglu.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import type { ModelInputs } from "./model-inputs.ts";
import { hasBias, type Parameters } from "./parameters.ts";

/** (layer, q [B, T, H * headDim], k, v [B, T, K * headDim]) -> context [B, T, H * headDim] */
export type Attend = (layer: number, q: Value, k: Value, v: Value) => Value;

/** (x [N, D], one layer) -> layer(x), perhaps differentiated in a way of the caller's. */
export type EachLayer = (x: Value, layer: (x: Value) => Value) => Value;

/**
 * @param tokens int64 [B, T]
 * @param positions int64 [B, T]
 * @returns final hidden states, normed, [B * T, D]
 */
export function decoder(
  config: DecoderConfig,
  { parameters, adapter, decodeLinear }: Omit<ModelInputs, "trained">,
  rotary: RotaryTables,
  tokens: Value,
  positions: Value,
  attend: Attend,
  eachLayer: EachLayer = (x, layer) => layer(x),
): Value {
  const [batch, length] = tokens.shape as [Dim, Dim];
  const rows = multiplyDims(batch, length); // N
  const product = length === 1 ? decodeLinear : linear;
  const { headDim, heads, keyValueHeads, rmsNormEpsilon: epsilon } = config;
  const embedded = embedding(parameters("model.embed_tokens.weight"), tokens); // [B, T, D]
  let x = reshape(embedded, [rows, config.hiddenSize]); // [N, D]

  for (let layer = 0; layer < config.layers; layer++) {
    const parameter = (name: string) => parameters(`model.layers.${layer}.${name}`);
    const norm = (name: string, value: Value) => rmsNorm(value, parameter(`${name}.weight`), epsilon);
    /** Every product with a layer's weights goes through here. */
    const projection = (name: string) => (value: Value) => {
      const frozen = product(
        value,
        parameter(`${name}.weight`),
        hasBias(config, name) ? parameter(`${name}.bias`) : null,
      );
      const update = adapter(`model.layers.${layer}.${name}`);
      return update === null ? frozen : add(frozen, lowRankUpdate(value, update));
    };
    const rotated = (projected: Value, normName: string, count: number) => {
      const perHead = config.qkNorm ? norm(normName, reshape(projected, [batch, length, count, headDim])) : projected;
      return rope(reshape(perHead, [batch, length, count * headDim]), positions, rotary.cos, rotary.sin, count);
    };
    x = eachLayer(x, (before) => {
      const normed = norm("input_layernorm", before);
      const q = rotated(projection("self_attn.q_proj")(normed), "self_attn.q_norm", heads);
      const k = rotated(projection("self_attn.k_proj")(normed), "self_attn.k_norm", keyValueHeads);
      const v = reshape(projection("self_attn.v_proj")(normed), [batch, length, keyValueHeads * headDim]);
      const context = reshape(attend(layer, q, k, v), [rows, heads * headDim]);
      const attended = add(before, projection("self_attn.o_proj")(context));
      const mlpIn = norm("post_attention_layernorm", attended);
      const [gate, up, down] = [projection("mlp.gate_proj"), projection("mlp.up_proj"), projection("mlp.down_proj")];
      return add(attended, swiglu(mlpIn, gate, up, down));
    });
  }
  return rmsNorm(x, parameters("model.norm.weight"), epsilon);
}

/** The output projection [V, D]: its own, or the embedding table's. */
export const headWeight = (config: DecoderConfig, parameters: Parameters): Value =>
  parameters(config.tieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight");
