/** What the table of types is made of: checks that name the primitive and what it was given, and the common shapes of rules. */
import { type Dim, dimEquals, dimKey, type Shape, shapeText } from "./dim.ts";
import { type DType, GraphError, type TensorType } from "./node.ts";

export const typeText = (type: TensorType) => `${type.dtype}${shapeText(type.shape)}`;

export function fail(op: string, why: string, inputs: readonly TensorType[]): never {
  throw new GraphError(`${op}: ${why}; given ${inputs.map(typeText).join(", ") || "nothing"}`);
}

export function expectCount(op: string, inputs: readonly TensorType[], count: number): void {
  if (inputs.length !== count) fail(op, `takes ${count} inputs`, inputs);
}

export function expectDType(op: string, inputs: readonly TensorType[], index: number, ...allowed: DType[]): void {
  const given = inputs[index];
  if (!given || !allowed.includes(given.dtype)) fail(op, `input ${index} must be ${allowed.join(" or ")}`, inputs);
}

export function axisOf(op: string, axis: number, rank: number, inputs: readonly TensorType[]): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank)
    fail(op, `axis ${axis} is outside rank ${rank}`, inputs);
  return resolved;
}

/** numpy broadcasting: aligned from the right, equal or 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i): Dim => {
    const da = a[i - rank + a.length] ?? 1;
    const db = b[i - rank + b.length] ?? 1;
    if (da === 1) return db;
    if (db === 1 || dimEquals(da, db)) return da;
    throw new GraphError(
      `${op}: shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast (${dimKey(da)} against ${dimKey(db)})`,
    );
  });
}

export const binary =
  (op: string, allowed: readonly DType[], result?: DType) =>
  (inputs: readonly TensorType[]): TensorType[] => {
    expectCount(op, inputs, 2);
    const [a, b] = inputs as [TensorType, TensorType];
    if (a.dtype !== b.dtype) fail(op, "dtypes differ", inputs);
    expectDType(op, inputs, 0, ...allowed);
    return [{ dtype: result ?? a.dtype, shape: broadcastShapes(op, a.shape, b.shape) }];
  };

export const unary =
  (op: string, allowed: readonly DType[], result?: DType) =>
  (inputs: readonly TensorType[]): TensorType[] => {
    expectCount(op, inputs, 1);
    expectDType(op, inputs, 0, ...allowed);
    return [{ dtype: result ?? inputs[0]!.dtype, shape: inputs[0]!.shape }];
  };

/** Over the last axis, which a scalar does not have. */
export const alongLastAxis =
  (op: string) =>
  (inputs: readonly TensorType[]): TensorType[] => {
    const types = unary(op, float)(inputs);
    axisOf(op, -1, inputs[0]!.shape.length, inputs);
    return types;
  };

export function reduced(
  op: string,
  inputs: readonly TensorType[],
  axes: readonly number[],
  keepDims: boolean,
): TensorType[] {
  expectCount(op, inputs, 1);
  const [x] = inputs as [TensorType];
  const at = new Set(axes.map((axis) => axisOf(op, axis, x.shape.length, inputs)));
  const shape = keepDims ? x.shape.map((d, i) => (at.has(i) ? 1 : d)) : x.shape.filter((_, i) => !at.has(i));
  return [{ dtype: x.dtype, shape }];
}

export const numeric: readonly DType[] = ["float32", "int64", "int32"];
export const float: readonly DType[] = ["float32"];
export const logical: readonly DType[] = ["bool"];
export const any: readonly DType[] = ["float32", "int64", "int32", "bool"];

/** The last two axes, as the product sees them. */
export function lastTwo(shape: Shape, transposed: boolean): [Dim, Dim] {
  const [rows, columns] = shape.slice(-2) as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}
