/**
 * The decoder of Qwen3 (arXiv 2505.09388): pre-norm layers of grouped-query attention with per-head RMS norm of queries
 * and keys, rotary positions, SwiGLU. How keys and values are kept is the caller's: training attends within the batch,
 * the sampler to its cache. Both are therefore one model.
 */
import { type Dim, multiplyDims } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { add } from "../graph/ops/elementwise.ts";
import { embedding } from "../graph/ops/indexing.ts";
import { rmsNorm, rope } from "../graph/ops/linalg.ts";
import { reshape } from "../graph/ops/movement.ts";
import { linear } from "../nn/linear.ts";
import type { RotaryTables } from "../nn/rotary.ts";
import { swiglu } from "../nn/swiglu.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import type { Parameters } from "./parameters.ts";

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
  parameters: Parameters,
  rotary: RotaryTables,
  tokens: Value,
  positions: Value,
  attend: Attend,
  eachLayer: EachLayer = (x, layer) => layer(x),
): Value {
  const [batch, length] = tokens.shape as [Dim, Dim];
  const rows = multiplyDims(batch, length); // N
  const { headDim, heads, keyValueHeads, rmsNormEpsilon: epsilon } = config;
  const embedded = embedding(parameters("model.embed_tokens.weight"), tokens); // [B, T, D]
  let x = reshape(embedded, [rows, config.hiddenSize]); // [N, D]

  for (let layer = 0; layer < config.layers; layer++) {
    const weight = (name: string) => parameters(`model.layers.${layer}.${name}.weight`);
    const rotated = (projected: Value, norm: string, count: number) => {
      const perHead = rmsNorm(reshape(projected, [batch, length, count, headDim]), weight(norm), epsilon);
      return rope(reshape(perHead, [batch, length, count * headDim]), positions, rotary.cos, rotary.sin, count);
    };
    x = eachLayer(x, (before) => {
      const normed = rmsNorm(before, weight("input_layernorm"), epsilon);
      const q = rotated(linear(normed, weight("self_attn.q_proj")), "self_attn.q_norm", heads);
      const k = rotated(linear(normed, weight("self_attn.k_proj")), "self_attn.k_norm", keyValueHeads);
      const v = reshape(linear(normed, weight("self_attn.v_proj")), [batch, length, keyValueHeads * headDim]);
      const context = reshape(attend(layer, q, k, v), [rows, heads * headDim]);
      const attended = add(before, linear(context, weight("self_attn.o_proj")));
      const mlpIn = rmsNorm(attended, weight("post_attention_layernorm"), epsilon);
      return add(attended, swiglu(mlpIn, weight("mlp.gate_proj"), weight("mlp.up_proj"), weight("mlp.down_proj")));
    });
  }
  return rmsNorm(x, parameters("model.norm.weight"), epsilon);
}

/** The output projection [V, D]: its own, or the embedding table's. */
export const headWeight = (config: DecoderConfig, parameters: Parameters): Value =>
  parameters(config.tieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight");
