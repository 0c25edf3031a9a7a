/** Makes graphs: the only place where nodes come into being, each checked as it is made. */
import type { Dim, Shape } from "./dim.ts";
import { type DType, type Graph, GraphError, type Node, type Value } from "./node.ts";
import type { Primitive, PrimitiveParams } from "./primitives.ts";
import { inferTypes } from "./types.ts";

let nextNodeId = 0;

export class GraphBuilder implements Graph {
  readonly name: string;
  readonly depth: number;
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: { readonly name: string; readonly value: Value }[] = [];
  readonly #constants = new Map<string, Value>();
  /** How many loop bodies of the main graph were given a name. */
  readonly #bodies: Map<string, number>;

  constructor(name: string, outer: GraphBuilder | null = null) {
    this.name = name;
    this.depth = outer === null ? 0 : outer.depth + 1;
    this.#bodies = outer === null ? new Map() : outer.#bodies;
  }

  /** The builder of a loop's body. No two bodies of a main graph, however deep, bear one name. */
  body(hint: string): GraphBuilder {
    const count = (this.#bodies.get(hint) ?? 0) + 1;
    this.#bodies.set(hint, count);
    return new GraphBuilder(count === 1 ? hint : `${hint}_${count}`, this);
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    if (this.inputs.some((v) => v.node.op === "input" && v.node.params.name === name))
      throw new GraphError(`input: ${name} exists already in ${this.name}`);
    const value = this.#make("input", [], { name, dtype, shape })[0]!;
    this.inputs.push(value);
    return value;
  }

  output(name: string, value: Value): void {
    if (this.outputs.some((o) => o.name === name))
      throw new GraphError(`output: ${name} exists already in ${this.name}`);
    this.outputs.push({ name, value });
  }

  /** A float32 tensor stored in the graph; a number makes a scalar. Equal scalars are one node. */
  float(data: number | readonly number[] | Float32Array, shape?: readonly number[]): Value {
    if (typeof data === "number") return this.#scalar("float32", data, () => new Float32Array([data]));
    const array = Float32Array.from(data);
    return this.#make("constant", [], { data: array, dtype: "float32", shape: shape ?? [array.length] })[0]!;
  }

  int(data: number | readonly number[], shape?: readonly number[]): Value {
    if (typeof data === "number") return this.#scalar("int64", data, () => new BigInt64Array([BigInt(data)]));
    const array = BigInt64Array.from(data.map(BigInt));
    return this.#make("constant", [], { data: array, dtype: "int64", shape: shape ?? [array.length] })[0]!;
  }

  bool(value: boolean): Value {
    return this.#scalar("bool", Number(value), () => new Uint8Array([Number(value)]));
  }

  /** A tensor that a session is opened with, by name; see writeModel for where it lies. */
  stored(name: string, dtype: DType, shape: readonly number[]): Value {
    return this.#make("stored", [], { name, dtype, shape })[0]!;
  }

  /** int64 [length] 0, 1, ..., length - 1 */
  iota(length: Dim): Value {
    return this.#make("iota", [], { length })[0]!;
  }

  /** int64 scalar holding a dimension. */
  size(dim: Dim): Value {
    return this.#make("size", [], { dim })[0]!;
  }

  full(value: number, dtype: DType, shape: Shape): Value {
    return this.#make("full", [], { value, dtype, shape })[0]!;
  }

  /** One node. Its graph is this one or, for inputs from an inner loop body, must be called on that body. */
  apply<P extends Primitive>(op: P, inputs: readonly Value[], params: PrimitiveParams[P]): readonly Value[] {
    return this.#make(op, inputs, params);
  }

  #scalar(dtype: DType, value: number, data: () => Float32Array | BigInt64Array | Uint8Array): Value {
    const key = `${dtype}:${Object.is(value, -0) ? "-0" : value}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const made = this.#make("constant", [], { data: data(), dtype, shape: [] })[0]!;
    this.#constants.set(key, made);
    return made;
  }

  #make<P extends Primitive>(op: P, inputs: readonly Value[], params: PrimitiveParams[P]): readonly Value[] {
    for (const { node } of inputs) {
      if (node.graph.depth > this.depth)
        throw new GraphError(`${op}: reads a value of the loop body ${node.graph.name} from outside`);
      if (node.graph.depth === this.depth && node.graph !== this)
        throw new GraphError(`${op}: reads a value of ${node.graph.name} from ${this.name}, another graph`);
    }
    const outputs: Value[] = [];
    const node = { id: nextNodeId++, op, inputs, params, outputs, graph: this } as unknown as Node;
    for (const [index, type] of inferTypes(op, inputs, params).entries())
      outputs.push(Object.freeze({ node, index, dtype: type.dtype, shape: type.shape }));
    Object.freeze(node);
    this.nodes.push(node);
    return outputs;
  }
}

/** The builder a new node over these inputs belongs to: the innermost of their graphs. */
export function builderOf(...inputs: readonly Value[]): GraphBuilder {
  let deepest = inputs[0]!.node.graph;
  for (const value of inputs) if (value.node.graph.depth > deepest.depth) deepest = value.node.graph;
  return deepest as GraphBuilder;
}
