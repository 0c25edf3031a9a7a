/** Moves values around without computing. */
import { builderOf } from "../builder.ts";
import { type Dim, dimEquals, multiplyDims, type Shape, shapeEquals, shapeText, subtractDims } from "../dim.ts";
import { GraphError, type Value } from "../node.ts";

export const reshape = (x: Value, shape: Shape): Value =>
  shapeEquals(x.shape, shape) ? x : builderOf(x).apply("reshape", [x], { shape })[0]!;

export const transpose = (x: Value, permutation: readonly number[]): Value =>
  permutation.every((axis, i) => axis === i) ? x : builderOf(x).apply("transpose", [x], { permutation })[0]!;

export const expand = (x: Value, shape: Shape): Value =>
  shapeEquals(x.shape, shape) ? x : builderOf(x).apply("expand", [x], { shape })[0]!;

export const concat = (parts: readonly Value[], axis: number): Value =>
  parts.length === 1 ? parts[0]! : builderOf(...parts).apply("concat", parts, { axis })[0]!;

/** [start, start + length) of an axis; the rest of the axis if no length is given. */
export function slice(x: Value, axis: number, start: Dim, length?: Dim): Value {
  const at = axis < 0 ? axis + x.shape.length : axis;
  const whole = x.shape[at];
  if (whole === undefined) throw new GraphError(`slice: axis ${axis} is outside ${shapeText(x.shape)}`);
  const size = length ?? subtractDims(whole, start);
  if (start === 0 && dimEquals(size, whole)) return x;
  return builderOf(x).apply("slice", [x], { axis: at, start, length: size })[0]!;
}

export const split = (x: Value, axis: number, sizes: readonly number[]): readonly Value[] =>
  builderOf(x).apply("split", [x], { axis, sizes });

/** Adds an axis of size 1 in front of `axis`. */
export function unsqueeze(x: Value, axis: number): Value {
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** Joins `count` neighbouring axes from `axis` on into one. */
export function flatten(x: Value, axis: number, count: number): Value {
  const joined = x.shape.slice(axis, axis + count).reduce<Dim>(multiplyDims, 1);
  return reshape(x, [...x.shape.slice(0, axis), joined, ...x.shape.slice(axis + count)]);
}

/** Zeros (or another value) appended to an axis. */
export function padEnd(x: Value, axis: number, count: number, value = 0): Value {
  const at = axis < 0 ? axis + x.shape.length : axis;
  const filler = builderOf(x).full(
    value,
    x.dtype,
    x.shape.map((d, i) => (i === at ? count : d)),
  );
  return concat([x, filler], at);
}
