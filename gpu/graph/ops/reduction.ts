/** Many values into fewer. */
import { builderOf } from "../builder.ts";
import { type Dim, sizeOf } from "../dim.ts";
import { GraphError, type Value } from "../node.ts";
import { cast, less, mul } from "./elementwise.ts";

const allAxes = (x: Value) => x.shape.map((_, i) => i);
const normal = (x: Value, axes: readonly number[]) => axes.map((a) => (a < 0 ? a + x.shape.length : a));

export const sum = (x: Value, axes: readonly number[] = allAxes(x), keepDims = false): Value =>
  axes.length === 0 ? x : builderOf(x).apply("sum", [x], { axes: normal(x, axes), keepDims })[0]!;

export const reduceMax = (x: Value, axes: readonly number[] = allAxes(x), keepDims = false): Value =>
  builderOf(x).apply("reduceMax", [x], { axes: normal(x, axes), keepDims })[0]!;

export const reduceMin = (x: Value, axes: readonly number[] = allAxes(x), keepDims = false): Value =>
  builderOf(x).apply("reduceMin", [x], { axes: normal(x, axes), keepDims })[0]!;

/** bool scalar: is any of bool [n] true? False for n = 0. */
export const anyOf = (flags: Value): Value => less(0, sum(cast(flags, "int64"), [0]));

/** Mean over axes of known size. */
export function mean(x: Value, axes: readonly number[], keepDims = false): Value {
  const count: Dim = sizeOf(normal(x, axes).map((a) => x.shape[a]!));
  if (typeof count !== "number") throw new GraphError("mean: axes must have known sizes; use sum and a weight");
  return mul(sum(x, axes, keepDims), 1 / count);
}

/** Index of the largest of the last axis, first among equals; int64. */
export const argMax = (x: Value): Value => builderOf(x).apply("argMax", [x], { axis: x.shape.length - 1 })[0]!;

export const cumsum = (x: Value, axis: number, exclusive = false): Value =>
  builderOf(x).apply("cumsum", [x], { axis: axis < 0 ? axis + x.shape.length : axis, exclusive })[0]!;

/** Over the last axis. */
export const softmax = (x: Value): Value => builderOf(x).apply("softmax", [x], {})[0]!;
/** Over the last axis. */
export const logSoftmax = (x: Value): Value => builderOf(x).apply("logSoftmax", [x], {})[0]!;
