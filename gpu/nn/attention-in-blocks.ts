/**
 * Causal attention of long texts: queries in blocks, each compared with the keys up to the block's end, so that scores
 * exist for one block only. Nothing of them is kept; backward makes them again (Dao et al. 2022, FlashAttention, arXiv
 * 2205.14135, B.2), with a = headDim^-1/2 and, per head,
 *   P = softmax(a q k' + bias)          y  = P v
 *   dS = P * (dy v' - rowsum(dy * y))   dq = a dS k      dk = a dS' q      dv = P' dy
 */
import { builderOf } from "../graph/builder.ts";
import { type Dim, multiplyDims, subtractDims, symbol } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { overChunks, withGradient } from "../graph/ops/control.ts";
import { add, less, lessOrEqual, mul, sub, where } from "../graph/ops/elementwise.ts";
import { gather, nonZero } from "../graph/ops/indexing.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { concat, reshape, slice, transpose } from "../graph/ops/movement.ts";
import { softmax, sum } from "../graph/ops/reduction.ts";
import type { HeadLayout } from "./causal-attention.ts";

/**
 * @param name of the loops
 * @param q [B, T, H * headDim]
 * @param k [B, T, K * headDim]
 * @param v [B, T, K * headDim]
 * @param queryRows queries per block
 * @returns [B, T, H * headDim], as causalAttention
 */
export function attentionInBlocks(
  name: string,
  q: Value,
  k: Value,
  v: Value,
  { heads, keyValueHeads: K, headDim }: HeadLayout,
  queryRows: number,
): Value {
  const builder = builderOf(q, k, v);
  const [B, T] = q.shape as [Dim, Dim];
  const g = heads / K;
  const a = headDim ** -0.5;
  const width = heads * headDim;
  const rowType = { dtype: "float32", shape: [B, width] } as const;
  const firstAxes = (x: Value) => transpose(x, [1, 0, 2]); // [B, T, ...] <-> [T, B, ...]
  const heads4 = (x: Value) => transpose(reshape(x, [B, T, K, headDim]), [0, 2, 1, 3]); // [B, K, T, headDim]

  /** Rows of [T, B, H headDim] as [B, K, g c, headDim]: the queries of one key-value head are one matrix. */
  const grouped = (x: Value, rows: Value) => {
    const c = rows.shape[0]!;
    const byHead = transpose(reshape(gather(x, rows), [c, B, K, g, headDim]), [1, 2, 3, 0, 4]);
    return reshape(byHead, [B, K, multiplyDims(c, g), headDim]);
  };
  const ungrouped = (x: Value, rows: Value) => {
    const c = rows.shape[0]!;
    return reshape(transpose(reshape(x, [B, K, g, c, headDim]), [3, 0, 1, 2, 4]), [c, B, width]);
  };
  /** Keys up to the last of `rows`, and the weights the rows give them, [B, K, g c, S]. */
  const attended = (queries: Value, rows: Value, keys: Value, values: Value) => {
    const c = rows.shape[0]!;
    const last = slice(rows, 0, subtractDims(c, 1), 1);
    const all = builderOf(rows).iota(T);
    const seen = nonZero(lessOrEqual(all, last), symbol(`${name}.seen`));
    const S = seen.shape[0]!;
    const [k, v] = [gather(keys, seen, 2), gather(values, seen, 2)];
    const later = less(reshape(rows, [c, 1]), reshape(seen, [1, S]));
    const scores = reshape(matmul(queries, k, { transposeB: true, alpha: a }), [B, K, g, c, S]);
    const weights = reshape(softmax(add(scores, where(later, -1e9, 0))), [B, K, multiplyDims(c, g), S]);
    return { k, v, S, weights };
  };

  const [queries, keys, values] = [firstAxes(q), heads4(k), heads4(v)];
  const forward = overChunks(name, builder, T, queryRows, { rowTypes: [rowType], sums: [] }, (rows) => {
    const { v, weights } = attended(grouped(queries, rows), rows, keys, values);
    return { rows: [ungrouped(matmul(weights, v), rows)], sums: [] };
  });
  const y = forward.rows[0]!; // [T, B, H headDim]

  return withGradient(firstAxes(y), [q, k, v], (dy) => {
    const dContext = firstAxes(dy);
    const zero = builder.full(0, "float32", [B, K, T, headDim]);
    const backward = overChunks(
      `${name}_again`,
      builder,
      T,
      queryRows,
      { rowTypes: [rowType], sums: [zero, zero] },
      (rows, [dKeys, dValues], body) => {
        const own = grouped(queries, rows);
        const { k, v, S, weights } = attended(own, rows, keys, values);
        const incoming = grouped(dContext, rows);
        const dots = sum(mul(incoming, grouped(y, rows)), [-1], true);
        const dScores = mul(weights, sub(matmul(incoming, v, { transposeB: true }), dots));
        const rest = body.full(0, "float32", [B, K, subtractDims(T, S), headDim]);
        const plus = (sum: Value, part: Value) => add(sum, concat([part, rest], 2));
        return {
          rows: [ungrouped(matmul(dScores, k, { alpha: a }), rows)],
          sums: [
            plus(dKeys!, matmul(dScores, own, { transposeA: true, alpha: a })),
            plus(dValues!, matmul(weights, incoming, { transposeA: true })),
          ],
        };
      },
    );
    const unheads = (x: Value) => reshape(transpose(x, [0, 2, 1, 3]), [B, T, K * headDim]);
    const [dKeys, dValues] = backward.sums as [Value, Value];
    return [firstAxes(backward.rows[0]!), unheads(dKeys), unheads(dValues)];
  });
}
