/** Picks and places by index. */
import { builderOf } from "../builder.ts";
import type { Dim } from "../dim.ts";
import type { Value } from "../node.ts";

export const gather = (x: Value, indices: Value, axis = 0): Value =>
  builderOf(x, indices).apply("gather", [x, indices], { axis })[0]!;

export const gatherElements = (x: Value, indices: Value, axis: number): Value =>
  builderOf(x, indices).apply("gatherElements", [x, indices], { axis: axis < 0 ? axis + x.shape.length : axis })[0]!;

/** (table [V, D], ids int64 [...]) -> [..., D] */
export const embedding = (table: Value, ids: Value): Value =>
  builderOf(table, ids).apply("embedding", [table, ids], {})[0]!;

/** (x [N, D], distinct indices [M], inverse [N]) -> [M, D]; see the primitive. */
export const takeRows = (x: Value, indices: Value, inverse: Value): Value =>
  builderOf(x, indices, inverse).apply("takeRows", [x, indices, inverse], {})[0]!;

export const oneHot = (ids: Value, depth: number): Value => builderOf(ids).apply("oneHot", [ids], { depth })[0]!;

/** Rows of `data` replaced by `updates` at distinct int64 `indices` [n, 1]. */
export const scatterRows = (data: Value, indices: Value, updates: Value): Value =>
  builderOf(data, indices, updates).apply("scatterRows", [data, indices, updates], {})[0]!;

/** `data` [M, V] with the element at `indices` int64 [M, 1] of each row replaced by `updates` [M, 1]. */
export const scatterElements = (data: Value, indices: Value, updates: Value): Value =>
  builderOf(data, indices, updates).apply("scatterElements", [data, indices, updates], {})[0]!;

/** The k largest of the last axis, largest first. */
export function topK(x: Value, k: Dim): { values: Value; indices: Value } {
  const [values, indices] = builderOf(x).apply("topK", [x], { k });
  return { values: values!, indices: indices! };
}

/** int64 [count] positions of true in a bool [n]. */
export const nonZero = (mask: Value, count: Dim): Value => builderOf(mask).apply("nonZero", [mask], { count })[0]!;
