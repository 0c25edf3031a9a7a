/** The transpose of a look-up in a table: rows that were read from one place are added up there. */
import { builderOf } from "../graph/builder.ts";
import { type Dim, subtractDims, symbol } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { loop } from "../graph/ops/control.ts";
import { add, and, cast, equal, less, min, mul, not, sub } from "../graph/ops/elementwise.ts";
import { gather, nonZero, oneHot, scatterRows, topK } from "../graph/ops/indexing.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { concat, reshape, slice } from "../graph/ops/movement.ts";
import { anyOf } from "../graph/ops/reduction.ts";

/** Up to here the product with a one-hot matrix [N, V] is cheap, and one operator instead of a loop. */
const largestOneHot = 512;

/**
 * y[v] = sum of rows[n] over the n with ids[n] = v. Never an accumulating scatter, because those race (gpu/README.md).
 * @param rows [N, D]
 * @param ids int64 [N], each in [0, V)
 * @returns [V, D]
 */
export const sumRowsById = (rows: Value, ids: Value, V: number): Value =>
  V <= largestOneHot ? matmul(oneHot(ids, V), rows, { transposeA: true }) : sumSortedRuns(rows, ids, V);

/**
 * Sorted, equal ids are neighbours, and a segmented scan (Hillis & Steele 1986) adds up each run: for s = 1, 2, 4, ...
 *   x[n] <- x[n] + x[n + s]   where id[n + s] = id[n]
 * leaves every run's sum in its first row. The first rows go to distinct places. log2(longest run) turns.
 */
function sumSortedRuns(rows: Value, ids: Value, V: number): Value {
  const builder = builderOf(rows, ids);
  const [N, D] = rows.shape as [Dim, Dim];
  const { values: sorted, indices: order } = topK(ids, N);
  const [summed] = loop(
    "sum_runs",
    builder.int(62),
    builder.bool(true),
    [{ initial: gather(rows, order) }, { initial: builder.int(1) }],
    (body, _, [x, stride]) => {
      const partner = add(body.iota(N), stride!);
      const inside = min(partner, sub(body.size(N), 1));
      const sameId = and(equal(gather(sorted, inside), sorted), less(partner, body.size(N)));
      const added = mul(gather(x!, inside), reshape(cast(sameId, "float32"), [N, 1]));
      return { goOn: anyOf(sameId), carried: [add(x!, added), mul(stride!, 2)] };
    },
  ) as [Value, Value];
  const before = concat([builder.int([-1]), slice(sorted, 0, 0, subtractDims(N, 1))], 0);
  const first = nonZero(not(equal(sorted, before)), symbol(`ids_${summed.node.id}`));
  const places = reshape(gather(sorted, first), [first.shape[0]!, 1]);
  return scatterRows(builder.full(0, "float32", [V, D]), places, gather(summed, first));
}
