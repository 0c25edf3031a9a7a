/**
 * Everything a graph can say. Each primitive lists its parameters; inputs and outputs are in the comment.
 * Adding one means: an entry here, its type in types.ts, its gradient in autodiff/, its lowering in onnx/. The compiler
 * asks for all of them.
 */
import type { Shape } from "./dim.ts";
import type { DType, Graph, Value } from "./node.ts";

export type ConstantData = Float32Array | BigInt64Array | Int32Array | Uint8Array;

interface Nothing {
  readonly none?: undefined;
}

/** (dL/dy, which inputs need one) -> dL/d(input), one per input, null where none flows. */
export type PullBack = (dy: Value, needs: (input: number) => boolean) => readonly (Value | null)[];

export interface PrimitiveParams {
  // -- sources
  /** () -> value fed at run time, or a loop body's parameter. */
  input: { readonly name: string; readonly dtype: DType; readonly shape: Shape };
  /** () -> value stored in the graph. */
  constant: { readonly data: ConstantData; readonly dtype: DType; readonly shape: readonly number[] };
  /** () -> value that lies outside of the graph, in a file, and is there from a session's opening on. */
  stored: { readonly name: string; readonly dtype: DType; readonly shape: readonly number[] };
  /** () -> [n] int64 0, 1, ..., n-1 for a symbolic n. */
  iota: { readonly length: Shape[number] };
  /** () -> int64 scalar holding a symbolic dimension. */
  size: { readonly dim: Shape[number] };
  /** () -> scalar-filled tensor of a (possibly symbolic) shape. */
  full: { readonly value: number; readonly dtype: DType; readonly shape: Shape };

  // -- element by element, with broadcasting
  add: Nothing;
  sub: Nothing;
  mul: Nothing;
  div: Nothing;
  max: Nothing;
  min: Nothing;
  neg: Nothing;
  exp: Nothing;
  log: Nothing;
  sqrt: Nothing;
  abs: Nothing;
  sigmoid: Nothing;
  /** x * sigmoid(x) */
  silu: Nothing;
  /** (a, b) -> bool */
  equal: Nothing;
  less: Nothing;
  lessOrEqual: Nothing;
  and: Nothing;
  or: Nothing;
  not: Nothing;
  /** (condition, a, b) */
  where: Nothing;
  cast: { readonly dtype: DType };
  isFinite: Nothing;
  /** The value itself; no gradient flows through it. */
  stopGradient: Nothing;

  // -- movement
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  /** Broadcast to a shape. */
  expand: { readonly shape: Shape };
  concat: { readonly axis: number };
  /** [start, start + length) of an axis. */
  slice: { readonly axis: number; readonly start: Shape[number]; readonly length: Shape[number] };
  /** One axis cut into parts of the given sizes: as many outputs. */
  split: { readonly axis: number; readonly sizes: readonly number[] };

  // -- reduction (axes kept as size 1 if keepDims)
  sum: { readonly axes: readonly number[]; readonly keepDims: boolean };
  reduceMax: { readonly axes: readonly number[]; readonly keepDims: boolean };
  reduceMin: { readonly axes: readonly number[]; readonly keepDims: boolean };
  argMax: { readonly axis: number };
  cumsum: { readonly axis: number; readonly exclusive: boolean };
  softmax: Nothing;
  logSoftmax: Nothing;

  // -- linear algebra
  /** op(A) op(B) * alpha over the last two axes; leading axes broadcast. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly alpha: number };

  // -- indexing
  /** (table [N, ...], indices int64 [...]) -> rows. */
  gather: { readonly axis: number };
  /** (x, indices int64 of x's rank) -> x picked along an axis. */
  gatherElements: { readonly axis: number };
  /** (table [V, D], ids int64 [...]) -> [..., D]. Its gradient adds up rows by id: exact and free of races. */
  embedding: Nothing;
  /** (x [N, D], indices int64 [M], inverse int64 [N]) -> [M, D]; indices are distinct and inverse[n] = m, or M where no index is n. */
  takeRows: Nothing;
  /** (ids int64 [...]) -> float32 [..., depth] */
  oneHot: { readonly depth: number };
  /** (data, indices int64 [n, 1], updates [n, ...]) -> data with rows replaced; indices must be distinct. */
  scatterRows: Nothing;
  /** (data [M, V], indices int64 [M, 1], updates [M, 1]) -> data with one element of each row replaced. */
  scatterElements: Nothing;
  /** (x) -> values, indices of the k largest of the last axis, largest first. */
  topK: { readonly k: Shape[number] };
  /** (mask bool [n]) -> int64 [count] positions that are true, count being a fresh symbol. */
  nonZero: { readonly count: Shape[number] };

  // -- fused, each with the operators ONNX Runtime has for it
  /** (x [..., D], gain [D]) -> x / rms(x) * gain, 1 / rms(x) [..., 1] */
  rmsNorm: { readonly epsilon: number };
  /** Rotary embedding of half-split pairs. (x [B, T, heads * D], positions int64 [B, T], cos [P, D/2], sin [P, D/2]) */
  rope: { readonly heads: number };
  /**
   * log softmax(inverseTemperature H W')[target], the only thing losses need of the logits.
   * (hidden [M, D], weight [V, D], targets int64 [M]) -> logprobs [M], probabilities [M, V], scaled logits [M, V]
   */
  linearLogprob: { readonly inverseTemperature: number };

  // -- order and derivative, nothing to compute
  /** (x, others...) -> x, but not before the others are there. */
  after: Nothing;
  /** (y, inputs...) -> y, whose gradient flows to the inputs by `pullBack` and not through the nodes that made y. */
  withGradient: { readonly pullBack: PullBack };

  // -- control (no gradient)
  /**
   * A loop. Inputs: trip count int64 scalar, keep-going bool scalar, initial values of what it carries. Outputs: carried
   * values at the end. The body's inputs are (iteration int64, keep-going bool, carried...), its outputs (keep-going, carried...).
   */
  loop: { readonly body: Graph; readonly outputTypes: readonly { readonly dtype: DType; readonly shape: Shape }[] };
}

export type Primitive = keyof PrimitiveParams;
