/**
 * The WebGPU column of the table of lowerings. ONNX Runtime's WebGPU provider computes float32; a node it has no kernel for
 * would be run by the CPU, with copies both ways and nothing said. So each primitive says here what becomes of it:
 *  - "standard": the standard lowering has kernels (on int64, which WGSL has not, it is an index or a size: the host's work);
 *  - a lowering of its own, out of operators that have kernels;
 *  - "refused": writing the model is an error.
 * A test profiles every program and finds no float32 node on the host.
 */
import type { Value } from "../graph/node.ts";
import type { Primitive } from "../graph/primitives.ts";
import { dataTypes, type Scope } from "./emitter.ts";
import type { Lowering } from "./lowering.ts";

/** Indices fit 31 bits, and 32-bit comparisons have kernels. */
const int32 = (scope: Scope, name: string) => scope.emitOne("Cast", [name], { to: dataTypes.int32 });

const compare =
  (opType: string): Lowering<"equal" | "less" | "lessOrEqual"> =>
  (scope, node, [a, b], outputs) => {
    const narrow = node.inputs[0]!.dtype === "int64";
    scope.emit(opType, narrow ? [int32(scope, a!), int32(scope, b!)] : [a!, b!], outputs);
  };

/** [..., a, b] -> [..., b, a] */
const swapLast = (scope: Scope, name: string, rank: number) => {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return scope.emitOne("Transpose", [name], { perm });
};

const isRead = (value: Value): boolean => value.node.graph.nodes.some((node) => node.inputs.includes(value));

export const webgpuLowerings: { readonly [P in Primitive]: Lowering<P> | "standard" | "refused" } = {
  input: "standard",
  constant: "standard",
  stored: "standard",
  iota: "standard",
  size: "standard",
  full: "standard",

  add: "standard",
  sub: "standard",
  mul: "standard",
  div: "standard",
  max: "standard",
  min: "standard",
  neg: "standard",
  exp: "standard",
  log: "standard",
  sqrt: "standard",
  abs: "standard",
  sigmoid: "standard",
  silu: "standard",
  equal: compare("Equal"),
  less: compare("Less"),
  lessOrEqual: compare("LessOrEqual"),
  and: "standard",
  // a or b = not (not a and not b)
  or: (scope, _, [a, b], outputs) => {
    const neither = scope.emitOne("And", [scope.emitOne("Not", [a!]), scope.emitOne("Not", [b!])]);
    scope.emit("Not", [neither], outputs);
  },
  not: "standard",
  where: "standard",
  cast: "standard",
  isFinite: "standard",
  stopGradient: "standard",

  reshape: "standard",
  transpose: "standard",
  expand: "standard",
  concat: "standard",
  slice: "standard",
  // Split's kernel binds every output at once, and a shader may bind a dozen buffers
  split: (scope, node, [x], outputs) => {
    const axis = scope.int64([node.params.axis]);
    let start = 0;
    for (const [i, size] of node.params.sizes.entries()) {
      scope.emit("Slice", [x!, scope.int64([start]), scope.int64([start + size]), axis], [outputs[i]!]);
      start += size;
    }
  },

  sum: "standard",
  reduceMax: "standard",
  reduceMin: "standard",
  argMax: "standard",
  cumsum: "standard",
  softmax: "standard",
  // log softmax x = x - max - log sum exp(x - max)
  logSoftmax: (scope, _, [x], outputs) => {
    const axes = scope.int64([-1]);
    const shifted = scope.emitOne("Sub", [x!, scope.emitOne("ReduceMax", [x!, axes], { keepdims: 1 })]);
    const total = scope.emitOne("ReduceSum", [scope.emitOne("Exp", [shifted]), axes], { keepdims: 1 });
    scope.emit("Sub", [shifted, scope.emitOne("Log", [total])], outputs);
  },

  // Gemm has a kernel, the FusedMatMul of higher ranks has none
  matmul: (scope, node, [a, b], outputs) => {
    const { transposeA, transposeB, alpha } = node.params;
    const [left, right] = node.inputs;
    if (node.inputs.every((x) => x.shape.length === 2)) {
      const flags = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } };
      return scope.emit("Gemm", [a!, b!], outputs, flags);
    }
    const factors = [
      transposeA ? swapLast(scope, a!, left!.shape.length) : a!,
      transposeB ? swapLast(scope, b!, right!.shape.length) : b!,
    ];
    if (alpha === 1) return scope.emit("MatMul", factors, outputs);
    scope.emit("Mul", [scope.emitOne("MatMul", factors), scope.float32(alpha)], outputs);
  },

  gather: "standard",
  gatherElements: "standard",
  embedding: "standard",
  takeRows: "standard",
  // [..., depth]: ids == 0, 1, ..., depth - 1
  oneHot: (scope, node, [ids], outputs) => {
    const columns = int32(scope, scope.int64(Array.from({ length: node.params.depth }, (_, i) => i)));
    const rows = int32(scope, scope.emitOne("Unsqueeze", [ids!, scope.int64([-1])]));
    scope.emit("Cast", [scope.emitOne("Equal", [rows, columns])], outputs, { to: dataTypes.float32 });
  },
  scatterRows: "standard",
  scatterElements: "standard",
  topK: "standard",
  nonZero: "standard",

  // The kernel of SimplifiedLayerNormalization leaves its second output, 1 / rms, unwritten
  rmsNorm: (scope, node, [x, gain], [y, inverseRms]) => {
    const epsilon = { float: node.params.epsilon };
    scope.emit("SimplifiedLayerNormalization", [x!, gain!], [y!], { axis: -1, epsilon, stash_type: 1 });
    if (!isRead(node.outputs[1]!)) return;
    const squares = scope.emitOne("Mul", [x!, x!]);
    const mean = scope.emitOne("ReduceMean", [squares, scope.int64([-1])], { keepdims: 1 });
    const rms = scope.emitOne("Sqrt", [scope.emitOne("Add", [mean, scope.float32(node.params.epsilon)])]);
    scope.emit("Reciprocal", [rms], [inverseRms!]);
  },
  rope: "standard",
  linearLogprob: "standard",

  // Orders that save memory, not tried there.
  after: "refused",
  withGradient: "standard",

  // The provider runs loops on the host and copies there what a loop carries, at every turn.
  loop: "refused",
};
