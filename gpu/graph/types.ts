/**
 * ONE table: primitive -> types of its outputs, or a GraphError that names the primitive and what it was given.
 * Nothing is cast or broadcast silently beyond numpy's broadcasting rule.
 */
import {
  addDims,
  type Dim,
  dimEquals,
  dimKey,
  multiplyDims,
  type Shape,
  shapeEquals,
  shapeText,
  sizeOf,
} from "./dim.ts";
import { GraphError, type TensorType, type Value } from "./node.ts";
import type { Primitive, PrimitiveParams } from "./primitives.ts";
import {
  alongLastAxis,
  any,
  axisOf,
  binary,
  broadcastShapes,
  expectCount,
  expectDType,
  fail,
  float,
  lastTwo,
  logical,
  numeric,
  reduced,
  typeText,
  unary,
} from "./type-checks.ts";

type Infer<P extends Primitive> = (inputs: readonly TensorType[], params: PrimitiveParams[P]) => readonly TensorType[];

export const typeRules = {
  input: (_, p) => [{ dtype: p.dtype, shape: p.shape }],
  constant: (_, p) => {
    const size = p.shape.reduce((a, b) => a * b, 1);
    if (p.data.length !== size)
      throw new GraphError(`constant: ${p.data.length} values for shape ${shapeText(p.shape)}`);
    return [{ dtype: p.dtype, shape: p.shape }];
  },
  stored: (_, p) => [{ dtype: p.dtype, shape: p.shape }],
  iota: (_, p) => [{ dtype: "int64", shape: [p.length] }],
  size: () => [{ dtype: "int64", shape: [] }],
  full: (_, p) => [{ dtype: p.dtype, shape: p.shape }],

  add: binary("add", numeric),
  sub: binary("sub", numeric),
  mul: binary("mul", numeric),
  div: binary("div", numeric),
  max: binary("max", numeric),
  min: binary("min", numeric),
  neg: unary("neg", numeric),
  exp: unary("exp", float),
  log: unary("log", float),
  sqrt: unary("sqrt", float),
  abs: unary("abs", numeric),
  sigmoid: unary("sigmoid", float),
  silu: unary("silu", float),
  equal: binary("equal", any, "bool"),
  less: binary("less", numeric, "bool"),
  lessOrEqual: binary("lessOrEqual", numeric, "bool"),
  and: binary("and", logical),
  or: binary("or", logical),
  not: unary("not", logical),
  where: (inputs) => {
    expectCount("where", inputs, 3);
    expectDType("where", inputs, 0, "bool");
    const [c, a, b] = inputs as [TensorType, TensorType, TensorType];
    if (a.dtype !== b.dtype) fail("where", "branches differ in dtype", inputs);
    return [{ dtype: a.dtype, shape: broadcastShapes("where", c.shape, broadcastShapes("where", a.shape, b.shape)) }];
  },
  cast: (inputs, p) => {
    expectCount("cast", inputs, 1);
    return [{ dtype: p.dtype, shape: inputs[0]!.shape }];
  },
  isFinite: unary("isFinite", float, "bool"),
  stopGradient: unary("stopGradient", any),

  reshape: (inputs, p) => {
    expectCount("reshape", inputs, 1);
    if (!dimEquals(sizeOf(inputs[0]!.shape), sizeOf(p.shape)))
      fail("reshape", `to ${shapeText(p.shape)} changes the number of elements`, inputs);
    return [{ dtype: inputs[0]!.dtype, shape: p.shape }];
  },
  transpose: (inputs, p) => {
    expectCount("transpose", inputs, 1);
    const { shape, dtype } = inputs[0]!;
    if ([...p.permutation].sort((a, b) => a - b).join() !== shape.map((_, i) => i).join())
      fail("transpose", `[${p.permutation}] is no permutation of its axes`, inputs);
    return [{ dtype, shape: p.permutation.map((axis) => shape[axis]!) }];
  },
  expand: (inputs, p) => {
    expectCount("expand", inputs, 1);
    if (!shapeEquals(broadcastShapes("expand", inputs[0]!.shape, p.shape), p.shape))
      fail("expand", `does not broadcast to ${shapeText(p.shape)}`, inputs);
    return [{ dtype: inputs[0]!.dtype, shape: p.shape }];
  },
  concat: (inputs, p) => {
    if (inputs.length === 0) fail("concat", "takes at least one input", inputs);
    const first = inputs[0]!;
    const axis = axisOf("concat", p.axis, first.shape.length, inputs);
    let total: Dim = 0;
    for (const x of inputs) {
      const others = x.shape.map((d, i) => (i === axis ? 0 : d));
      if (
        x.dtype !== first.dtype ||
        !shapeEquals(
          others,
          first.shape.map((d, i) => (i === axis ? 0 : d)),
        )
      )
        fail("concat", `inputs must agree in everything but axis ${axis}`, inputs);
      total = addDims(total, x.shape[axis]!);
    }
    return [{ dtype: first.dtype, shape: first.shape.map((d, i) => (i === axis ? total : d)) }];
  },
  slice: (inputs, p) => {
    expectCount("slice", inputs, 1);
    const { shape, dtype } = inputs[0]!;
    const axis = axisOf("slice", p.axis, shape.length, inputs);
    const size = shape[axis]!;
    if (typeof size === "number" && typeof p.start === "number" && typeof p.length === "number")
      if (p.start < 0 || p.length < 0 || p.start + p.length > size)
        fail("slice", `[${p.start}, ${p.start + p.length}) is outside axis ${axis} of ${size}`, inputs);
    return [{ dtype, shape: shape.map((d, i) => (i === axis ? p.length : d)) }];
  },
  split: (inputs, p) => {
    expectCount("split", inputs, 1);
    const { shape, dtype } = inputs[0]!;
    const axis = axisOf("split", p.axis, shape.length, inputs);
    const total = p.sizes.reduce((a, b) => a + b, 0);
    if (!dimEquals(shape[axis]!, total)) fail("split", `sizes sum to ${total}, not ${dimKey(shape[axis]!)}`, inputs);
    return p.sizes.map((size) => ({ dtype, shape: shape.map((d, i) => (i === axis ? size : d)) }));
  },

  sum: (inputs, p) => {
    expectDType("sum", inputs, 0, ...numeric);
    return reduced("sum", inputs, p.axes, p.keepDims);
  },
  reduceMax: (inputs, p) => {
    expectDType("reduceMax", inputs, 0, ...numeric);
    return reduced("reduceMax", inputs, p.axes, p.keepDims);
  },
  reduceMin: (inputs, p) => {
    expectDType("reduceMin", inputs, 0, ...numeric);
    return reduced("reduceMin", inputs, p.axes, p.keepDims);
  },
  argMax: (inputs, p) => {
    expectDType("argMax", inputs, 0, ...numeric);
    return [{ dtype: "int64", shape: reduced("argMax", inputs, [p.axis], false)[0]!.shape }];
  },
  cumsum: (inputs, p) => {
    expectCount("cumsum", inputs, 1);
    expectDType("cumsum", inputs, 0, ...numeric);
    axisOf("cumsum", p.axis, inputs[0]!.shape.length, inputs);
    return [inputs[0]!];
  },
  softmax: alongLastAxis("softmax"),
  logSoftmax: alongLastAxis("logSoftmax"),

  matmul: (inputs, p) => {
    expectCount("matmul", inputs, 2);
    expectDType("matmul", inputs, 0, "float32");
    expectDType("matmul", inputs, 1, "float32");
    const [a, b] = inputs as [TensorType, TensorType];
    if (a.shape.length < 2 || b.shape.length < 2) fail("matmul", "both must have rank 2 or more", inputs);
    const [m, ka] = lastTwo(a.shape, p.transposeA);
    const [kb, n] = lastTwo(b.shape, p.transposeB);
    if (!dimEquals(ka, kb)) fail("matmul", `inner sizes ${dimKey(ka)} and ${dimKey(kb)} differ`, inputs);
    const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: "float32", shape: [...batch, m, n] }];
  },

  gather: (inputs, p) => {
    expectCount("gather", inputs, 2);
    expectDType("gather", inputs, 1, "int64");
    const [table, indices] = inputs as [TensorType, TensorType];
    const axis = axisOf("gather", p.axis, table.shape.length, inputs);
    return [
      { dtype: table.dtype, shape: [...table.shape.slice(0, axis), ...indices.shape, ...table.shape.slice(axis + 1)] },
    ];
  },
  gatherElements: (inputs, p) => {
    expectCount("gatherElements", inputs, 2);
    expectDType("gatherElements", inputs, 1, "int64");
    const [x, indices] = inputs as [TensorType, TensorType];
    const axis = axisOf("gatherElements", p.axis, x.shape.length, inputs);
    const others = (shape: Shape) => shape.filter((_, i) => i !== axis);
    if (indices.shape.length !== x.shape.length || !shapeEquals(others(indices.shape), others(x.shape)))
      fail("gatherElements", `indices must have the shape of the data but for axis ${axis}`, inputs);
    return [{ dtype: x.dtype, shape: indices.shape }];
  },
  embedding: (inputs) => {
    expectCount("embedding", inputs, 2);
    expectDType("embedding", inputs, 0, "float32");
    expectDType("embedding", inputs, 1, "int64");
    const [table, ids] = inputs as [TensorType, TensorType];
    if (table.shape.length !== 2 || typeof table.shape[0] !== "number")
      fail("embedding", "table must be [V, D] of known V", inputs);
    return [{ dtype: table.dtype, shape: [...ids.shape, table.shape[1]!] }];
  },
  takeRows: (inputs) => {
    expectCount("takeRows", inputs, 3);
    expectDType("takeRows", inputs, 1, "int64");
    expectDType("takeRows", inputs, 2, "int64");
    const [x, indices, inverse] = inputs as [TensorType, TensorType, TensorType];
    if (x.shape.length !== 2 || indices.shape.length !== 1) fail("takeRows", "takes [N, D], [M], [N]", inputs);
    if (!shapeEquals(inverse.shape, [x.shape[0]!])) fail("takeRows", "inverse must have one entry per row", inputs);
    return [{ dtype: x.dtype, shape: [indices.shape[0]!, x.shape[1]!] }];
  },
  oneHot: (inputs, p) => {
    expectDType("oneHot", inputs, 0, "int64");
    return [{ dtype: "float32", shape: [...inputs[0]!.shape, p.depth] }];
  },
  scatterRows: (inputs) => {
    expectCount("scatterRows", inputs, 3);
    expectDType("scatterRows", inputs, 1, "int64");
    const [data, indices, updates] = inputs as [TensorType, TensorType, TensorType];
    if (indices.shape.length !== 2 || indices.shape[1] !== 1) fail("scatterRows", "indices must be [n, 1]", inputs);
    if (data.dtype !== updates.dtype || !shapeEquals(updates.shape, [indices.shape[0]!, ...data.shape.slice(1)]))
      fail("scatterRows", "updates must be [n, ...row]", inputs);
    return [data];
  },
  scatterElements: (inputs) => {
    expectCount("scatterElements", inputs, 3);
    expectDType("scatterElements", inputs, 1, "int64");
    const [data, indices, updates] = inputs as [TensorType, TensorType, TensorType];
    if (data.shape.length !== 2 || !shapeEquals(indices.shape, [data.shape[0]!, 1]))
      fail("scatterElements", "takes [M, V] and one index per row [M, 1]", inputs);
    if (data.dtype !== updates.dtype || !shapeEquals(updates.shape, indices.shape))
      fail("scatterElements", "updates must be [M, 1] of the data's dtype", inputs);
    return [data];
  },
  topK: (inputs, p) => {
    expectDType("topK", inputs, 0, ...numeric);
    const { shape, dtype } = inputs[0]!;
    const size = shape[axisOf("topK", -1, shape.length, inputs)]!;
    if (typeof size === "number" && typeof p.k === "number" && p.k > size)
      fail("topK", `there are no ${p.k} of ${size}`, inputs);
    const result = [...shape.slice(0, -1), p.k];
    return [
      { dtype, shape: result },
      { dtype: "int64", shape: result },
    ];
  },
  nonZero: (inputs, p) => {
    expectDType("nonZero", inputs, 0, "bool");
    if (inputs[0]!.shape.length !== 1) fail("nonZero", "takes rank 1", inputs);
    return [{ dtype: "int64", shape: [p.count] }];
  },

  rmsNorm: (inputs) => {
    expectCount("rmsNorm", inputs, 2);
    expectDType("rmsNorm", inputs, 0, "float32");
    expectDType("rmsNorm", inputs, 1, "float32");
    const [x, gain] = inputs as [TensorType, TensorType];
    if (x.shape.length === 0 || !shapeEquals(gain.shape, [x.shape.at(-1)!]))
      fail("rmsNorm", "gain must have the size of the last axis", inputs);
    return [x, { dtype: "float32", shape: [...x.shape.slice(0, -1), 1] }];
  },
  rope: (inputs, p) => {
    expectCount("rope", inputs, 4);
    expectDType("rope", inputs, 0, "float32");
    expectDType("rope", inputs, 1, "int64");
    expectDType("rope", inputs, 2, "float32");
    expectDType("rope", inputs, 3, "float32");
    const [x, positions, cos, sin] = inputs as [TensorType, TensorType, TensorType, TensorType];
    if (x.shape.length !== 3 || !shapeEquals(positions.shape, x.shape.slice(0, 2)))
      fail("rope", "takes [B, T, heads * D] and positions [B, T]", inputs);
    if (cos.shape.length !== 2 || !shapeEquals(cos.shape, sin.shape))
      fail("rope", "takes cos and sin [P, D/2]", inputs);
    if (!dimEquals(multiplyDims(cos.shape[1]!, 2 * p.heads), x.shape[2]!))
      fail("rope", `tables must be [P, D/2] with ${p.heads} heads of D`, inputs);
    return [x];
  },
  linearLogprob: (inputs) => {
    expectCount("linearLogprob", inputs, 3);
    expectDType("linearLogprob", inputs, 0, "float32");
    expectDType("linearLogprob", inputs, 1, "float32");
    expectDType("linearLogprob", inputs, 2, "int64");
    const [hidden, weight, targets] = inputs as [TensorType, TensorType, TensorType];
    if (hidden.shape.length !== 2 || weight.shape.length !== 2 || !dimEquals(hidden.shape[1]!, weight.shape[1]!))
      fail("linearLogprob", "takes hidden [M, D] and weight [V, D]", inputs);
    if (!shapeEquals(targets.shape, [hidden.shape[0]!])) fail("linearLogprob", "takes one target per row", inputs);
    return [
      { dtype: "float32", shape: targets.shape },
      { dtype: "float32", shape: [hidden.shape[0]!, weight.shape[0]!] },
      { dtype: "float32", shape: [hidden.shape[0]!, weight.shape[0]!] },
    ];
  },

  after: (inputs) => {
    if (inputs.length < 2 || inputs.some((x) => x.shape.length === 0))
      fail("after", "takes a value and what it waits for, no scalars", inputs);
    return [inputs[0]!];
  },
  withGradient: (inputs) => {
    if (inputs.length < 2) fail("withGradient", "takes a value and the inputs its gradient flows to", inputs);
    expectDType("withGradient", inputs, 0, "float32");
    return [inputs[0]!];
  },

  loop: (inputs, p) => {
    expectDType("loop", inputs, 0, "int64");
    expectDType("loop", inputs, 1, "bool");
    const goOn = p.body.outputs[0]!.value;
    if (inputs[0]!.shape.length + inputs[1]!.shape.length > 0)
      fail("loop", "trip count and condition must be scalar", inputs);
    if (goOn.dtype !== "bool" || goOn.shape.length > 0)
      fail("loop", `the body's goOn must be a bool scalar, not ${typeText(goOn)}`, inputs);
    const carried = inputs.slice(2);
    const results = p.body.outputs.slice(1).map((o) => o.value);
    if (carried.length !== results.length || carried.length !== p.body.inputs.length - 2)
      fail("loop", `body carries ${results.length} values`, inputs);
    for (const [i, x] of carried.entries()) {
      const { dtype, shape } = results[i]!;
      if (x.dtype !== dtype) fail("loop", `carried value ${i} changes dtype to ${dtype}`, inputs);
      if (x.shape.length !== shape.length)
        fail("loop", `carried value ${i} changes rank to ${shapeText(shape)}`, inputs);
    }
    return p.outputTypes;
  },
} satisfies { [P in Primitive]: Infer<P> };

export function inferTypes<P extends Primitive>(
  op: P,
  inputs: readonly Value[],
  params: PrimitiveParams[P],
): readonly TensorType[] {
  return (typeRules[op] as unknown as Infer<P>)(inputs, params);
}
