/**
 * ONE table: primitive -> ONNX nodes. Opset 21 and ONNX Runtime's own operators (domain com.microsoft), pinned here.
 * No lowering may emit an accumulating scatter: ScatterND and ScatterElements with reduction race on the CPU.
 */
import type { NodeOf } from "../graph/node.ts";
import type { Primitive } from "../graph/primitives.ts";
import { dataTypes, type Scope } from "./emitter.ts";
import { constantTensor, externalTensor, filledTensor } from "./tensors.ts";

export const opset = { "": 21, "com.microsoft": 1 } as const;
export const microsoft = "com.microsoft";

/** `inputs` and `outputs` are names. */
export type Lowering<P extends Primitive> = (
  scope: Scope,
  node: NodeOf<P>,
  inputs: readonly string[],
  outputs: readonly string[],
) => void;

const plain =
  (opType: string, attributes: Readonly<Record<string, number>> = {}): Lowering<Primitive> =>
  (scope, _, inputs, outputs) =>
    scope.emit(opType, inputs, outputs, attributes);

const reduce =
  (opType: string) =>
  (
    scope: Scope,
    node: { readonly params: { readonly axes: readonly number[]; readonly keepDims: boolean } },
    [x]: readonly string[],
    outputs: readonly string[],
  ) =>
    scope.emit(opType, [x!, scope.int64(node.params.axes)], outputs, { keepdims: Number(node.params.keepDims) });

export const lowerings: { readonly [P in Primitive]: Lowering<P> } = {
  input: () => {
    throw new Error("internal: inputs are written by the model writer");
  },
  constant: (scope, node, _, [y]) => {
    scope.initializers.push(constantTensor(y!, node.params));
  },
  stored: (scope, node, _, [y]) => {
    const { name, dtype, shape } = node.params;
    scope.initializers.push(externalTensor(y!, dtype, shape, scope.placeOf(name)));
  },
  iota: (scope, node, _, outputs) => {
    const limit = scope.emitOne("Squeeze", [scope.dim(node.params.length)]);
    scope.emit("Range", [scope.int64([0], true), limit, scope.int64([1], true)], outputs);
  },
  size: (scope, node, _, outputs) => scope.emit("Squeeze", [scope.dim(node.params.dim)], outputs),
  full: (scope, node, _, outputs) => {
    const value = filledTensor(node.params.dtype, node.params.value);
    scope.emit("ConstantOfShape", [scope.shape(node.params.shape)], outputs, { value });
  },

  add: plain("Add"),
  sub: plain("Sub"),
  mul: plain("Mul"),
  div: plain("Div"),
  max: plain("Max"),
  min: plain("Min"),
  neg: plain("Neg"),
  exp: plain("Exp"),
  log: plain("Log"),
  sqrt: plain("Sqrt"),
  abs: plain("Abs"),
  sigmoid: plain("Sigmoid"),
  silu: (scope, _, inputs, outputs) => scope.emit("QuickGelu", inputs, outputs, { alpha: { float: 1 } }, microsoft),
  equal: plain("Equal"),
  less: plain("Less"),
  lessOrEqual: plain("LessOrEqual"),
  and: plain("And"),
  or: plain("Or"),
  not: plain("Not"),
  where: plain("Where"),
  cast: (scope, node, inputs, outputs) => scope.emit("Cast", inputs, outputs, { to: dataTypes[node.params.dtype] }),
  isFinite: (scope, _, [x], outputs) => {
    // NaN and infinities are exactly the x with x - x != 0
    const difference = scope.emitOne("Sub", [x!, x!]);
    const zero = scope.float32(0);
    scope.emit("Equal", [difference, zero], outputs);
  },
  stopGradient: plain("Identity"),

  reshape: (scope, node, [x], outputs) =>
    scope.emit("Reshape", [x!, scope.reshapeTarget(node.params.shape)], outputs, { allowzero: 1 }),
  transpose: (scope, node, inputs, outputs) =>
    scope.emit("Transpose", inputs, outputs, { perm: node.params.permutation }),
  expand: (scope, node, [x], outputs) => scope.emit("Expand", [x!, scope.shape(node.params.shape)], outputs),
  concat: (scope, node, inputs, outputs) => scope.emit("Concat", inputs, outputs, { axis: node.params.axis }),
  slice: (scope, node, [x], outputs) => {
    const { axis, start, length } = node.params;
    const first = scope.dim(start);
    const end =
      typeof start === "number" && typeof length === "number"
        ? scope.int64([start + length])
        : scope.emitOne("Add", [first, scope.dim(length)]);
    scope.emit("Slice", [x!, first, end, scope.int64([axis])], outputs);
  },
  split: (scope, node, [x], outputs) =>
    scope.emit("Split", [x!, scope.int64(node.params.sizes)], outputs, { axis: node.params.axis }),

  sum: reduce("ReduceSum"),
  reduceMax: reduce("ReduceMax"),
  reduceMin: reduce("ReduceMin"),
  argMax: (scope, node, inputs, outputs) =>
    scope.emit("ArgMax", inputs, outputs, { axis: node.params.axis, keepdims: 0 }),
  cumsum: (scope, node, [x], outputs) =>
    scope.emit("CumSum", [x!, scope.int64([node.params.axis], true)], outputs, {
      exclusive: Number(node.params.exclusive),
    }),
  softmax: plain("Softmax", { axis: -1 }),
  logSoftmax: plain("LogSoftmax", { axis: -1 }),

  matmul: (scope, node, inputs, outputs) => {
    const { transposeA, transposeB, alpha } = node.params;
    const flags = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } };
    const flat = node.inputs.every((x) => x.shape.length === 2);
    // The runtime would turn a Gemm whose product is transposed into one with the factors exchanged: see nn/linear.ts.
    const weightFirst = ["input", "stored"].includes(node.inputs[0]!.node.op);
    if (!transposeA && !transposeB && alpha === 1) scope.emit("MatMul", inputs, outputs);
    else if (flat && !weightFirst) scope.emit("Gemm", inputs, outputs, flags);
    else scope.emit("FusedMatMul", inputs, outputs, flags, microsoft);
  },

  gather: (scope, node, inputs, outputs) => scope.emit("Gather", inputs, outputs, { axis: node.params.axis }),
  gatherElements: (scope, node, inputs, outputs) =>
    scope.emit("GatherElements", inputs, outputs, { axis: node.params.axis }),
  embedding: (scope, _, inputs, outputs) => scope.emit("Gather", inputs, outputs, { axis: 0 }),
  takeRows: (scope, _, [x, indices], outputs) => scope.emit("Gather", [x!, indices!], outputs, { axis: 0 }),
  oneHot: (scope, node, [ids], outputs) => {
    const values = scope.emitOne("Cast", [scope.int64([0, 1])], { to: dataTypes.float32 });
    scope.emit("OneHot", [ids!, scope.int64([node.params.depth]), values], outputs, { axis: -1 });
  },
  scatterRows: plain("ScatterND"),
  scatterElements: plain("ScatterElements", { axis: 1 }),
  topK: (scope, node, [x], outputs) =>
    scope.emit("TopK", [x!, scope.dim(node.params.k)], outputs, { axis: -1, largest: 1, sorted: 1 }),
  nonZero: (scope, _, inputs, outputs) => {
    const positions = scope.emitOne("NonZero", inputs); // [1, count]
    scope.emit("Squeeze", [positions, scope.int64([0])], outputs);
  },

  rmsNorm: (scope, node, inputs, outputs) =>
    scope.emit("SimplifiedLayerNormalization", inputs, outputs, {
      axis: -1,
      epsilon: { float: node.params.epsilon },
      stash_type: 1,
    }),
  rope: (scope, node, inputs, outputs) =>
    scope.emit("RotaryEmbedding", inputs, outputs, { interleaved: 0, num_heads: node.params.heads }, microsoft),
  linearLogprob: (scope, node, [hidden, weight, targets], [logprobs, probabilities, logits]) => {
    const alpha = { float: node.params.inverseTemperature };
    scope.emit("Gemm", [hidden!, weight!], [logits!], { transB: 1, alpha });
    scope.emit("Softmax", [logits!], [probabilities!], { axis: -1 });
    const columns = scope.emitOne("Unsqueeze", [targets!, scope.int64([1])]);
    const picked = scope.emitOne("GatherElements", [probabilities!, columns], { axis: 1 });
    // below the smallest normal float the logarithm stays finite: -87.3
    const smallest = scope.float32(1.1754944e-38);
    const safe = scope.emitOne("Max", [picked, smallest]);
    scope.emit("Log", [scope.emitOne("Squeeze", [safe, scope.int64([1])])], [logprobs!]);
  },

  // The dependency is a shape: x is reshaped to its own shape + (1 - 1), where the 1 is the length of one row of what is
  // waited for. That it is 1 is known only at run time, so no optimiser takes the dependency out, and nothing is copied.
  after: (scope, _, [x, ...others], outputs) => {
    const own = scope.emitOne("Shape", [x!]);
    const length = scope.emitOne("Shape", [x!], { start: 0, end: 1 });
    const one = scope.emitOne("Div", [length, length]);
    const ones = others.map((other) => {
      const row = scope.emitOne("Slice", [other, scope.int64([0]), one, scope.int64([0])]);
      return scope.emitOne("Shape", [row], { start: 0, end: 1 });
    });
    const zero = scope.emitOne("Sub", [ones.length === 1 ? ones[0]! : scope.emitOne("Max", ones), scope.int64([1])]);
    scope.emit("Reshape", [x!, scope.emitOne("Add", [own, zero])], outputs);
  },
  withGradient: (scope, _, [y], outputs) => scope.emit("Identity", [y!], outputs),

  loop: (scope, node, inputs, outputs) =>
    scope.emit("Loop", inputs, outputs, { body: { graph: scope.writeBody(node.params.body, scope) } }),
};
