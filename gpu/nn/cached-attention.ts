/**
 * Attention of one new position per row to a cache in parts: `frozen` keys and values that are not copied while a
 * block of tokens is written, those of a text that several rows begin with, and the few `recent` ones of the block. Copying
 * the whole cache for every token, or reading a prompt for every row, is what a sampler otherwise spends its time on.
 */
import { addDims, type Dim, multiplyDims } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { add } from "../graph/ops/elementwise.ts";
import { gather } from "../graph/ops/indexing.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { concat, reshape, slice, transpose } from "../graph/ops/movement.ts";
import { softmax } from "../graph/ops/reduction.ts";
import { causalBias, type HeadLayout } from "./causal-attention.ts";

export interface KeysAndValues {
  /** [A, K, length, headDim] */
  readonly keys: Value;
  readonly values: Value;
}

/** Some of the keys that the new positions of A rows look at; g = H / K queries share a head of keys. */
export interface AttendedPart {
  /** queries [A, K, g, headDim], scaled by alpha -> [A, K, g, n] */
  readonly scores: (queries: Value, alpha: number) => Value;
  /** weights [A, K, g, n] -> their sum of values [A, K, g, headDim] */
  readonly context: (weights: Value) => Value;
  /** n */
  readonly length: Dim;
}

/** Keys and values of each row's own. @param bias [A, 1, 1, n]: 0, or -1e9 for padding; null where there is none */
export const ownPart = ({ keys, values }: KeysAndValues, bias: Value | null = null): AttendedPart => ({
  scores(queries, alpha) {
    const scores = matmul(queries, keys, { transposeB: true, alpha });
    return bias === null ? scores : add(scores, bias);
  },
  context: (weights) => matmul(weights, values),
  length: keys.shape[2]!,
});

/** Which rows begin with the same text. */
export interface RowGroups {
  /** int64 [Q, G]: the rows of each text, and any row where it has fewer */
  readonly members: Value;
  /** int64 [A]: where each row stands in `members`, read row by row */
  readonly slots: Value;
}

/**
 * Keys and values of texts [Q, K, n, headDim] that rows begin with: read once for all rows of a text, instead of once for each.
 * @param bias [Q, 1, 1, n]
 */
export function sharedPart({ keys, values }: KeysAndValues, bias: Value, { members, slots }: RowGroups): AttendedPart {
  const [Q, K, n] = keys.shape as [Dim, number, Dim];
  const G = members.shape[1]!;
  /** [A, K, g, x] -> [Q, K, G g, x] */
  const byText = (ofRows: Value) => {
    const [, , g, x] = ofRows.shape as [Dim, number, number, Dim];
    const grouped = transpose(gather(ofRows, members), [0, 2, 1, 3, 4]); // [Q, K, G, g, x]
    return reshape(grouped, [Q, K, multiplyDims(G, g), x]);
  };
  /** and back */
  const byRow = (ofTexts: Value, g: number) => {
    const x = ofTexts.shape[3]!;
    const apart = transpose(reshape(ofTexts, [Q, K, G, g, x]), [0, 2, 1, 3, 4]);
    return gather(reshape(apart, [multiplyDims(Q, G), K, g, x]), slots);
  };
  return {
    scores(queries, alpha) {
      const scores = matmul(byText(queries), keys, { transposeB: true, alpha });
      return byRow(add(scores, bias), queries.shape[2] as number);
    },
    context: (weights) => byRow(matmul(byText(weights), values), weights.shape[2] as number),
    length: n,
  };
}

/**
 * softmax over the keys of all parts together.
 * @param q [A, 1, H * headDim]
 * @returns [A, 1, H * headDim]
 */
export function cachedAttention(
  q: Value,
  parts: readonly AttendedPart[],
  { heads, keyValueHeads, headDim }: HeadLayout,
): Value {
  const rows: Dim = q.shape[0]!;
  const queries = reshape(q, [rows, keyValueHeads, heads / keyValueHeads, headDim]); // [A, K, g, headDim]
  const scores = parts.map((part) => part.scores(queries, headDim ** -0.5));
  const weights = softmax(concat(scores, 3)); // [A, K, g, sum of n]
  let from: Dim = 0;
  const contexts = parts.map((part) => {
    const own = slice(weights, 3, from, part.length);
    from = addDims(from, part.length);
    return part.context(own);
  });
  return reshape(
    contexts.reduce((a, b) => add(a, b)),
    [rows, 1, heads * headDim],
  );
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
