/** Softmax attention of every position to itself and the positions before it: what training uses. */

import { builderOf } from "../graph/builder.ts";
import type { Dim } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { add, lessOrEqual, where } from "../graph/ops/elementwise.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { reshape, transpose } from "../graph/ops/movement.ts";
import { softmax } from "../graph/ops/reduction.ts";

export interface HeadLayout {
  /** H */
  readonly heads: number;
  /** K */
  readonly keyValueHeads: number;
  readonly headDim: number;
}

/** [1, T, T]: 0 where a query (row) may look at a key (column), -1e9 where the key comes later. */
export function causalBias(like: Value, length: Dim): Value {
  const positions = builderOf(like).iota(length);
  const seen = lessOrEqual(reshape(positions, [1, length]), reshape(positions, [length, 1]));
  return reshape(where(seen, 0, -1e9), [1, length, length]);
}

/**
 * context = softmax(q k' / sqrt(headDim) + bias) v per head; query head h reads key-value head floor(h K / H).
 * @param q [B, T, H * headDim]
 * @param k [B, T, K * headDim]
 * @param v [B, T, K * headDim]
 * @param bias [1, T, T], see causalBias
 * @returns [B, T, H * headDim]
 */
export function causalAttention(q: Value, k: Value, v: Value, bias: Value, layout: HeadLayout): Value {
  const { heads, keyValueHeads, headDim } = layout;
  const groups = heads / keyValueHeads;
  const [batch, length] = q.shape as [Dim, Dim];
  const byHead = (x: Value, perKey: number) =>
    transpose(reshape(x, [batch, length, keyValueHeads, perKey, headDim]), [0, 2, 3, 1, 4]); // [B, K, g, T, headDim]
  const scores = matmul(byHead(q, groups), byHead(k, 1), { transposeB: true, alpha: headDim ** -0.5 });
  const weights = softmax(add(scores, bias)); // [B, K, g, T, T]
  const context = matmul(weights, byHead(v, 1)); // [B, K, g, T, headDim]
  return reshape(transpose(context, [0, 3, 1, 2, 4]), [batch, length, heads * headDim]);
}
