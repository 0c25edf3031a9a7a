/**
 * ONE table: primitive -> how its gradient is made.
 *  - a rule gets dL/d(output) and returns dL/d(input), one per input, null where none flows;
 *  - "zero": the output does not depend smoothly on the input (integers, comparisons): no gradient, and rightly so;
 *  - "forbidden": a gradient may exist but asking for it is a mistake; the walk stops with an error.
 * Rules may return gradients in the broadcast shape: backward.ts sums them back.
 */
import { builderOf } from "../graph/builder.ts";
import { addDims, type Shape, sizeOf, subtractDims } from "../graph/dim.ts";
import type { NodeOf, Value } from "../graph/node.ts";
import { add, div, exp, less, mul, neg, not, sigmoid, sub, where } from "../graph/ops/elementwise.ts";
import { gather, gatherElements, oneHot, scatterElements } from "../graph/ops/indexing.ts";
import { matmul, rope } from "../graph/ops/linalg.ts";
import { concat, expand, padEnd, reshape, slice, transpose } from "../graph/ops/movement.ts";
import { sum } from "../graph/ops/reduction.ts";
import type { Primitive } from "../graph/primitives.ts";
import { sumRowsById } from "./sum-rows-by-id.ts";

/** dL/dy of the first output (`dy`) and of all of them (null where an output is unused). */
export type GradientRule<P extends Primitive> = (
  node: NodeOf<P>,
  dy: Value,
  all: readonly (Value | null)[],
  needs: (input: number) => boolean,
) => readonly (Value | null)[];

export type GradientEntry<P extends Primitive> = GradientRule<P> | "zero" | "forbidden";

const input = (node: { inputs: readonly Value[] }, i: number): Value => node.inputs[i]!;
const output = (node: { outputs: readonly Value[] }): Value => node.outputs[0]!;

/** dy to the operand that won; ties go to the first. */
const choose =
  (firstWins: (a: Value, b: Value) => Value) =>
  (node: { inputs: readonly Value[] }, dy: Value): Value[] => {
    const first = firstWins(input(node, 0), input(node, 1));
    return [where(first, dy, 0), where(first, 0, dy)];
  };

/** x of any rank as [N, D]. */
const asRows = (x: Value): Value => reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);

/** Where axes were summed away, put them back with size 1 so that the gradient broadcasts. */
const keptShape = (shape: Shape, axes: readonly number[]): Shape => shape.map((d, i) => (axes.includes(i) ? 1 : d));

export const gradientRules: { readonly [P in Primitive]: GradientEntry<P> } = {
  input: "zero",
  constant: "zero",
  stored: "zero",
  iota: "zero",
  size: "zero",
  full: "zero",

  // y = a + b: da = dy, db = dy
  add: (_, dy) => [dy, dy],
  // y = a - b: da = dy, db = -dy
  sub: (_, dy, __, needs) => [dy, needs(1) ? neg(dy) : null],
  // y = a b: da = dy b, db = dy a
  mul: (node, dy, _, needs) => [needs(0) ? mul(dy, input(node, 1)) : null, needs(1) ? mul(dy, input(node, 0)) : null],
  // y = a / b: da = dy / b, db = -dy y / b
  div: (node, dy, _, needs) => {
    const da = div(dy, input(node, 1));
    return [da, needs(1) ? neg(mul(da, output(node))) : null];
  },
  max: choose((a, b) => not(less(a, b))),
  min: choose((a, b) => not(less(b, a))),
  neg: (_, dy) => [neg(dy)],
  // y = exp x: dx = dy y
  exp: (node, dy) => [mul(dy, output(node))],
  // y = log x: dx = dy / x
  log: (node, dy) => [div(dy, input(node, 0))],
  // y = sqrt x: dx = dy / (2 y)
  sqrt: (node, dy) => [div(mul(dy, 0.5), output(node))],
  // y = |x|: dx = dy sign x
  abs: (node, dy) => [where(less(input(node, 0), 0), neg(dy), dy)],
  // y = s(x): dx = dy y (1 - y)
  sigmoid: (node, dy) => [mul(dy, mul(output(node), sub(1, output(node))))],
  // y = x s(x): dx = dy (y + s (1 - y))
  silu: (node, dy) => {
    const y = output(node);
    const s = sigmoid(input(node, 0));
    return [mul(dy, add(y, mul(s, sub(1, y))))];
  },
  equal: "zero",
  less: "zero",
  lessOrEqual: "zero",
  and: "zero",
  or: "zero",
  not: "zero",
  where: (node, dy) => [null, where(input(node, 0), dy, 0), where(input(node, 0), 0, dy)],
  cast: "zero",
  isFinite: "zero",
  stopGradient: "zero",

  reshape: (node, dy) => [reshape(dy, input(node, 0).shape)],
  transpose: (node, dy) => {
    const inverse = node.params.permutation.map((_, axis) => node.params.permutation.indexOf(axis));
    return [transpose(dy, inverse)];
  },
  expand: (_, dy) => [dy],
  concat: (node, dy) => {
    const axis = node.params.axis < 0 ? node.params.axis + dy.shape.length : node.params.axis;
    let start: Shape[number] = 0;
    return node.inputs.map((x) => {
      const part = slice(dy, axis, start, x.shape[axis]!);
      start = addDims(start, x.shape[axis]!);
      return part;
    });
  },
  slice: (node, dy) => {
    const { axis, start, length } = node.params;
    const whole = input(node, 0).shape;
    const zeros = (size: Shape[number]) =>
      builderOf(dy).full(
        0,
        dy.dtype,
        whole.map((d, i) => (i === axis ? size : d)),
      );
    const after = subtractDims(whole[axis]!, addDims(start, length));
    return [concat([...(start === 0 ? [] : [zeros(start)]), dy, ...(after === 0 ? [] : [zeros(after)])], axis)];
  },
  split: (node, _, all) => [
    concat(
      all.map((g, i) => g ?? builderOf(input(node, 0)).full(0, "float32", node.outputs[i]!.shape)),
      node.params.axis,
    ),
  ],

  sum: (node, dy) => {
    const { shape } = input(node, 0);
    return [expand(reshape(dy, keptShape(shape, node.params.axes)), shape)];
  },
  reduceMax: "forbidden",
  reduceMin: "forbidden",
  argMax: "zero",
  cumsum: "forbidden",
  // y = softmax x: dx = y (dy - sum(dy y))
  softmax: (node, dy) => {
    const y = output(node);
    return [mul(y, sub(dy, sum(mul(dy, y), [-1], true)))];
  },
  // y = log softmax x: dx = dy - exp(y) sum(dy)
  logSoftmax: (node, dy) => [sub(dy, mul(exp(output(node)), sum(dy, [-1], true)))],

  // C = alpha op(A) op(B): dA = alpha dC op(B)', dB = alpha op(A)' dC, transposed where A or B was
  matmul: (node, dy, _, needs) => {
    const [a, b] = node.inputs as [Value, Value];
    const { transposeA, transposeB, alpha } = node.params;
    const da = () =>
      transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true, alpha })
        : matmul(dy, b, { transposeB: !transposeB, alpha });
    const db = () =>
      transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA, alpha })
        : matmul(a, dy, { transposeA: !transposeA, alpha });
    return [needs(0) ? da() : null, needs(1) ? db() : null];
  },

  gather: "forbidden",
  // y = x[..., i] with one index per row: dx = dy onehot(i)
  gatherElements: (node, dy) => {
    const [x, indices] = node.inputs as [Value, Value];
    const depth = x.shape.at(-1)!;
    if (typeof depth !== "number" || node.params.axis !== x.shape.length - 1 || indices.shape.at(-1) !== 1)
      throw new Error("gradient of gatherElements: only one index per row of a last axis of known size");
    return [mul(oneHot(reshape(indices, indices.shape.slice(0, -1)), depth), dy), null];
  },
  // y[n] = W[id[n]]: dW[v] = sum of dy[n] over the n with id[n] = v
  embedding: (node, dy) => {
    const [table, ids] = node.inputs as [Value, Value];
    return [sumRowsById(asRows(dy), reshape(ids, [sizeOf(ids.shape)]), table.shape[0] as number), null];
  },
  // y[m] = x[indices[m]]: dx[n] = dy[inverse[n]], 0 where inverse[n] = M
  takeRows: (node, dy) => [gather(padEnd(dy, 0, 1), input(node, 2)), null, null],
  oneHot: "zero",
  scatterRows: "forbidden",
  scatterElements: "forbidden",
  topK: "forbidden",
  nonZero: "zero",

  // y = x r g, r = (mean(x^2) + eps)^-1/2: dg = sum(dy x r), dx = r g dy - x r^3 / D sum(dy g x)
  rmsNorm: (node, dy, _, needs) => {
    const [x, gain] = node.inputs as [Value, Value];
    const inverseRms = asRows(node.outputs[1]!); // [N, 1]
    const width = x.shape.at(-1) as number;
    const rows = asRows(x); // [N, D]
    const dRows = asRows(dy);
    const products = mul(dRows, rows);
    const dots = matmul(products, reshape(gain, [width, 1])); // [N, 1] sum over D of dy g x
    const scale = mul(mul(mul(inverseRms, inverseRms), mul(inverseRms, dots)), 1 / width);
    const dx = sub(mul(mul(dRows, gain), inverseRms), mul(rows, scale));
    const dGain = needs(1) ? reshape(matmul(inverseRms, products, { transposeA: true }), [width]) : null;
    return [reshape(dx, x.shape), dGain];
  },
  // A (scaled) rotation's transpose is the (scaled) rotation back: the same operator with -sin.
  rope: (node, dy) => {
    const [, positions, cos, sin] = node.inputs as [Value, Value, Value, Value];
    return [rope(dy, positions, cos, neg(sin), node.params.heads), null, null, null];
  },
  // y = log p[target], p = softmax(c H W'): dlogits = -c dy (p - onehot). dy scales the narrow side of both products, and
  // p - onehot differs from p in one element a row, so no pass of arithmetic over [M, V] is made.
  linearLogprob: (node, dy, _, needs) => {
    const [hidden, weight, targets] = node.inputs as [Value, Value, Value];
    const alpha = node.params.inverseTemperature;
    const probabilities = node.outputs[1]!; // [M, V]
    const at = reshape(targets, [dy.shape[0]!, 1]);
    const direction = scatterElements(probabilities, at, sub(gatherElements(probabilities, at, 1), 1)); // p - onehot
    const scale = reshape(mul(dy, -alpha), [dy.shape[0]!, 1]);
    return [
      needs(0) ? mul(matmul(direction, weight), scale) : null,
      needs(1) ? matmul(direction, mul(hidden, scale), { transposeA: true }) : null,
      null,
    ];
  },

  after: (node, dy) => [dy, ...node.inputs.slice(1).map(() => null)],
  withGradient: (node, dy, _, needs) => [null, ...node.params.pullBack(dy, (i) => needs(i + 1))],

  loop: "forbidden",
};
