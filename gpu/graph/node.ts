/** The graph as data: values made by nodes, nodes made by the builder only. */
import type { Shape } from "./dim.ts";
import type { Primitive, PrimitiveParams } from "./primitives.ts";

export type DType = "float32" | "int64" | "int32" | "bool";

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One output of a node. */
export interface Value extends TensorType {
  readonly node: Node;
  readonly index: number;
}

export interface NodeOf<P extends Primitive> {
  readonly id: number;
  readonly op: P;
  readonly inputs: readonly Value[];
  readonly params: PrimitiveParams[P];
  readonly outputs: readonly Value[];
  /** The graph the node belongs to: the main one, or a loop's body. */
  readonly graph: Graph;
}

/** Discriminated by `op`. */
export type Node = { [P in Primitive]: NodeOf<P> }[Primitive];

/** Nodes in an order in which each comes after what it reads. */
export interface Graph {
  readonly name: string;
  /** 0 for a main graph, 1 for the body of its loops, ... */
  readonly depth: number;
  readonly nodes: readonly Node[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
}

/** A node that cannot exist: wrong shape, dtype or parameter. The message names the primitive and what it was given. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}
