/** Collects the ONNX nodes of one graph or loop body: names, constants, and shapes that are known only at run time. */
import { type Dim, dimKey, type Shape, symbolsOf } from "../graph/dim.ts";
import type { DType, Graph, Value } from "../graph/node.ts";
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from "./proto.ts";
import type { Place } from "./tensors.ts";

/** ONNX TensorProto.DataType */
export const dataTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const satisfies Record<DType, number>;

export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: GraphProto }
  | TensorProto;

/** What is shared by a graph and its loop bodies: names are unique over all of them, outer symbols visible inside. */
export class Scope {
  readonly writeBody: (body: Graph, outer: Scope) => GraphProto;
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #outer: Scope | null;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #counter: { next: number };
  readonly #names = new Map<Value, string>();
  /** symbol -> a tensor and the axis that has its size */
  readonly #symbols = new Map<string, { readonly tensor: string; readonly axis: number }>();
  readonly #cache = new Map<string, string>();

  /**
   * @param places of stored tensors
   * @param writeBody how a loop body is written; given so that the table of lowerings need not know the writer
   */
  constructor(
    outer: Scope | null,
    places: ReadonlyMap<string, Place>,
    writeBody: (body: Graph, outer: Scope) => GraphProto,
  ) {
    this.#outer = outer;
    this.#places = places;
    this.writeBody = writeBody;
    this.#counter = outer ? outer.#counter : { next: 0 };
  }

  fresh(hint: string): string {
    return `${hint}_${this.#counter.next++}`;
  }

  /** Gives a value its name, and learns the sizes of its symbolic axes. */
  bind(value: Value, name: string): void {
    this.#names.set(value, name);
    for (const [axis, dim] of value.shape.entries()) {
      const symbols = symbolsOf(dim);
      if (symbols.length === 1 && dimKey(dim) === symbols[0] && !this.#symbolSource(symbols[0]))
        this.#symbols.set(symbols[0], { tensor: name, axis });
    }
  }

  nameOf(value: Value): string {
    const name = this.#names.get(value) ?? this.#outer?.nameOf(value);
    if (name === undefined)
      throw new Error(`internal: value of ${value.node.op} (node ${value.node.id}) has no name yet`);
    return name;
  }

  /** Where the stored tensor of this name lies. */
  placeOf(name: string): Place {
    const place = this.#places.get(name);
    if (place === undefined) throw new Error(`internal: nobody says where the stored ${name} lies`);
    return place;
  }

  knows(value: Value): boolean {
    return this.#names.has(value) || (this.#outer?.knows(value) ?? false);
  }

  emit(
    opType: string,
    input: readonly string[],
    output: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): void {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.nodes.push({ name: this.fresh(opType), opType, domain, input: [...input], output: [...output], attribute });
  }

  /** One output, freshly named. */
  emitOne(
    opType: string,
    input: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    domain?: string,
  ) {
    const name = this.fresh(opType.toLowerCase());
    this.emit(opType, input, [name], attributes, domain);
    return name;
  }

  int64(values: readonly number[], scalar = false): string {
    return this.#cached(`int64:${scalar ? "s" : ""}${values.join()}`, () => {
      const name = this.fresh("int64");
      const rawData = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
      this.initializers.push({ name, dims: scalar ? [] : [values.length], dataType: dataTypes.int64, rawData });
      return name;
    });
  }

  /** float32 scalar */
  float32(value: number): string {
    return this.#cached(`float32:${value}`, () => {
      const name = this.fresh("float32");
      const rawData = new Uint8Array(new Float32Array([value]).buffer);
      this.initializers.push({ name, dims: [], dataType: dataTypes.float32, rawData });
      return name;
    });
  }

  /** int64 [1] tensor holding a dimension. */
  dim(dim: Dim): string {
    if (typeof dim === "number") return this.int64([dim]);
    return this.#cached(`dim:${dimKey(dim)}`, () => {
      const terms = [...dim.terms].map(([monomial, coefficient]) => {
        const factors = monomial
          .split("*")
          .filter((s) => s !== "")
          .map((s) => this.#symbolSize(s));
        if (coefficient !== 1 || factors.length === 0) factors.push(this.int64([coefficient]));
        return factors.reduce((a, b) => this.emitOne("Mul", [a, b]));
      });
      return terms.reduce((a, b) => this.emitOne("Add", [a, b]));
    });
  }

  /** int64 [rank] tensor holding a shape. */
  shape(shape: Shape): string {
    if (shape.every((d) => typeof d === "number")) return this.int64(shape as number[]);
    return this.#cached(`shape:${shape.map(dimKey).join()}`, () =>
      shape.length === 1
        ? this.dim(shape[0]!)
        : this.emitOne(
            "Concat",
            shape.map((d) => this.dim(d)),
            { axis: 0 },
          ),
    );
  }

  /** As `shape`, but -1 may stand for one symbolic dimension: what Reshape takes. */
  reshapeTarget(shape: Shape): string {
    const symbolic = shape.flatMap((d, i) => (typeof d === "number" ? [] : [i]));
    if (symbolic.length === 1) return this.int64(shape.map((d) => (typeof d === "number" ? d : -1)));
    return this.shape(shape);
  }

  #symbolSource(name: string): { readonly tensor: string; readonly axis: number } | undefined {
    const known = this.#symbols.get(name);
    if (known || !this.#outer) return known;
    return this.#outer.#symbolSource(name);
  }

  #symbolSize(name: string): string {
    return this.#cached(`symbol:${name}`, () => {
      const source = this.#symbolSource(name);
      if (!source) throw new Error(`internal: no value has an axis of size ${name}`);
      return this.emitOne("Shape", [source.tensor], { start: source.axis, end: source.axis + 1 });
    });
  }

  #cached(key: string, make: () => string): string {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#cache.set(key, made);
    return made;
  }
}

function attributeProto(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === "number") return { name, type: 2, i: value };
  if (typeof value === "string") return { name, type: 3, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: 7, ints: [...value] };
  if ("float" in value) return { name, type: 1, f: value.float as number };
  if ("graph" in value) return { name, type: 5, g: value.graph as GraphProto };
  return { name, type: 4, t: value as TensorProto };
}
