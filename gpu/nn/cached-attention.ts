/**
 * Attention of one new position per row to a cache in two parts: `frozen` keys and values that are not copied while a
 * block of tokens is written, and the few `recent` ones of the block. Copying the whole cache for every token is what a
 * sampler otherwise spends most of its time on.
 */
import { type Dim, multiplyDims } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { add } from "../graph/ops/elementwise.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { concat, reshape, slice, transpose } from "../graph/ops/movement.ts";
import { softmax } from "../graph/ops/reduction.ts";
import { causalBias, type HeadLayout } from "./causal-attention.ts";

export interface KeysAndValues {
  /** [A, K, length, headDim] */
  readonly keys: Value;
  readonly values: Value;
}

/**
 * @param q [A, 1, H * headDim]
 * @param recent including the new position
 * @param frozenBias [A, 1, 1, F]: 0, or -1e9 for padding
 * @returns [A, 1, H * headDim]
 */
export function cachedAttention(
  q: Value,
  frozen: KeysAndValues,
  recent: KeysAndValues,
  frozenBias: Value,
  { heads, keyValueHeads, headDim }: HeadLayout,
): Value {
  const rows: Dim = q.shape[0]!;
  const frozenLength = frozen.keys.shape[2]!;
  const queries = reshape(q, [rows, keyValueHeads, heads / keyValueHeads, headDim]); // [A, K, g, headDim]
  const alpha = headDim ** -0.5;
  const toFrozen = add(matmul(queries, frozen.keys, { transposeB: true, alpha }), frozenBias);
  const toRecent = matmul(queries, recent.keys, { transposeB: true, alpha });
  const weights = softmax(concat([toFrozen, toRecent], 3)); // [A, K, g, F + r]
  const context = add(
    matmul(slice(weights, 3, 0, frozenLength), frozen.values),
    matmul(slice(weights, 3, frozenLength, recent.keys.shape[2]!), recent.values),
  );
  return reshape(context, [rows, 1, heads * headDim]);
}

/** (k [A, 1, K * headDim]) -> appended to [A, K, r, headDim] */
export const appendPosition = (cache: Value, x: Value, { keyValueHeads, headDim }: HeadLayout): Value =>
  concat([cache, reshape(x, [x.shape[0]!, keyValueHeads, 1, headDim])], 2);

/**
 * Several new positions per row, which look at the frozen ones and, causally, at each other.
 * @param q [Q, S, H * headDim]
 * @param recent [Q, K, S, headDim], of the new positions
 * @param frozenBias [Q, 1, 1, F]: 0, or -1e9 for padding
 * @returns [Q, S, H * headDim]
 */
export function cachedCausalAttention(
  q: Value,
  frozen: KeysAndValues,
  recent: KeysAndValues,
  frozenBias: Value,
  { heads, keyValueHeads, headDim }: HeadLayout,
): Value {
  const [rows, length] = q.shape as [Dim, Dim];
  const groups = heads / keyValueHeads;
  const frozenLength = frozen.keys.shape[2]!;
  const alpha = headDim ** -0.5;
  const queries = transpose(reshape(q, [rows, length, keyValueHeads, groups, headDim]), [0, 2, 3, 1, 4]);
  const byKey = reshape(queries, [rows, keyValueHeads, multiplyDims(groups, length), headDim]); // [Q, K, g S, headDim]
  const toFrozen = add(matmul(byKey, frozen.keys, { transposeB: true, alpha }), frozenBias);
  const toRecent = reshape(matmul(byKey, recent.keys, { transposeB: true, alpha }), [
    rows,
    keyValueHeads,
    groups,
    length,
    length,
  ]);
  const causal = reshape(add(toRecent, causalBias(q, length)), toFrozen.shape.with(3, length));
  const weights = softmax(concat([toFrozen, causal], 3)); // [Q, K, g S, F + S]
  const context = add(
    matmul(slice(weights, 3, 0, frozenLength), frozen.values),
    matmul(slice(weights, 3, frozenLength, length), recent.values),
  );
  const byHead = reshape(context, [rows, keyValueHeads, groups, length, headDim]);
  return reshape(transpose(byHead, [0, 3, 1, 2, 4]), [rows, length, heads * headDim]);
}

/** (x [Q, T, K * headDim]) -> [Q, K, T, headDim] */
export function headsFirst(x: Value, { keyValueHeads, headDim }: HeadLayout): Value {
  const [Q, T] = x.shape as [Dim, Dim];
  return transpose(reshape(x, [Q, T, keyValueHeads, headDim]), [0, 2, 1, 3]);
}
