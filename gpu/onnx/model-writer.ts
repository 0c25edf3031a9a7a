/** A graph as ONNX model bytes. */
import { dimKey } from "../graph/dim.ts";
import { type Graph, GraphError, type Node, type NodeOf, type Value } from "../graph/node.ts";
import type { Primitive } from "../graph/primitives.ts";
import { dataTypes, Scope } from "./emitter.ts";
import { countUses, findGemmFusions } from "./fusions.ts";
import { lowerings, opset } from "./lowering.ts";
import { encodeModel, type GraphProto, type ValueInfoProto } from "./proto.ts";
import type { Place } from "./tensors.ts";
import { webgpuLowerings } from "./webgpu-lowering.ts";

/** IR version 10 goes with opset 21. */
const irVersion = 10;

/** Which column of the table of lowerings: what every provider has kernels for, or what WebGPU has. */
export type LoweringColumn = "standard" | "webgpu";

/** Of stored tensors, by name. */
export type Places = ReadonlyMap<string, Place>;

/**
 * Serialises a main graph. The same graph gives the same bytes.
 * @param places where what the graph calls stored lies
 * @throws GraphError for what the column refuses
 */
export const writeModel = (graph: Graph, column: LoweringColumn = "standard", places: Places = new Map()): Uint8Array =>
  encodeModel({
    irVersion,
    producerName: "rzero",
    opsetImport: Object.entries(opset).map(([domain, version]) => ({ domain, version })),
    graph: writeGraph(graph, null, column, places),
  });

function writeGraph(graph: Graph, outer: Scope | null, column: LoweringColumn, places: Places): GraphProto {
  const scope = new Scope(outer, places, (body, around) => writeGraph(body, around, column, places));
  const live = liveNodes(graph);
  const fusions = findGemmFusions(graph, live, countUses(graph));
  const absorbed = new Set([...fusions.values()].map((f) => f.product as Node));

  const outputNames = outer === null ? namesOfOutputs(graph) : new Map<Value, string>();

  for (const value of graph.inputs) scope.bind(value, inputName(value));
  for (const node of graph.nodes) {
    if (node.op === "input" || !live.has(node) || absorbed.has(node)) continue;
    const outputs = node.outputs.map((value) => outputNames.get(value) ?? scope.fresh(node.op));
    const fusion = fusions.get(node);
    if (fusion) {
      const { transposeA, transposeB, alpha } = fusion.product.params;
      const inputs = [...fusion.product.inputs, fusion.addend].map((x) => scope.nameOf(x));
      const flags = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } };
      scope.emit("Gemm", inputs, outputs, { ...flags, beta: { float: 1 } });
    } else {
      lower(
        column,
        scope,
        node,
        node.inputs.map((x) => scope.nameOf(x)),
        outputs,
      );
    }
    for (const [i, value] of node.outputs.entries()) scope.bind(value, outputs[i]!);
  }
  const output = graph.outputs.map(({ name, value }) => {
    if (outputNames.get(value) !== name) scope.emit("Identity", [scope.nameOf(value)], [name]);
    return valueInfo(name, value);
  });
  return {
    name: graph.name,
    node: scope.nodes,
    initializer: scope.initializers,
    input: graph.inputs.map((value) => valueInfo(inputName(value), value)),
    output,
  };
}

/** Values that bear an output's name from the start, so that no node copies them there. The others are inputs, or named already. */
function namesOfOutputs(graph: Graph): ReadonlyMap<Value, string> {
  const names = new Map<Value, string>();
  for (const { name, value } of graph.outputs)
    if (value.node.op !== "input" && value.node.graph === graph && !names.has(value)) names.set(value, name);
  return names;
}

function lower(
  column: LoweringColumn,
  scope: Scope,
  node: Node,
  inputs: readonly string[],
  outputs: readonly string[],
): void {
  const special = column === "webgpu" ? webgpuLowerings[node.op] : "standard";
  if (special === "refused") throw new GraphError(`${node.op}: ${column} has no kernel for it and none to make it of`);
  const rule = (special === "standard" ? lowerings[node.op] : special) as (typeof lowerings)[Primitive];
  (rule as (s: Scope, n: NodeOf<Primitive>, i: readonly string[], o: readonly string[]) => void)(
    scope,
    node as NodeOf<Primitive>,
    inputs,
    outputs,
  );
}

/** Nodes of this graph that an output (or a live loop body) needs. */
function liveNodes(graph: Graph): ReadonlySet<Node> {
  const live = new Set<Node>();
  const visit = (value: Value) => {
    const stack = [value.node];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (live.has(node)) continue;
      live.add(node);
      stack.push(...node.inputs.map((x) => x.node));
      if (node.op === "loop") for (const inner of liveNodes(node.params.body)) stack.push(inner);
    }
  };
  for (const { value } of graph.outputs) visit(value);
  return live;
}

function inputName(value: Value): string {
  if (value.node.op !== "input") throw new Error(`internal: ${value.node.op} is no input`);
  return value.node.params.name;
}

/** Loop bodies may change shapes from turn to turn, so inside them only the rank is promised. */
function valueInfo(name: string, value: Value): ValueInfoProto {
  const free = value.node.graph.depth > 0;
  const dim = value.shape.map((d, axis) =>
    typeof d === "number" && !free ? { dimValue: d } : { dimParam: free ? `${name}.${axis}` : dimKey(d) },
  );
  return { name, type: { tensorType: { elemType: dataTypes[value.dtype], shape: { dim } } } };
}
