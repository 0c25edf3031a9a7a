/**
 * Pairs of nodes that one ONNX operator does in fewer passes over memory.
 *   c + op(A) op(B)  ->  Gemm(A, B, C): the sum is the product's starting value instead of a pass of its own. C is as
 *   large as the product, or one row of it: a bias.
 */
import { shapeEquals } from "../graph/dim.ts";
import type { Graph, Node, NodeOf, Value } from "../graph/node.ts";

export interface GemmFusion {
  readonly product: NodeOf<"matmul">;
  readonly addend: Value;
}

/** How often each value is read, by nodes (of loop bodies too) and as a graph output. */
export function countUses(graph: Graph, uses = new Map<Value, number>()): Map<Value, number> {
  const use = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of graph.nodes) {
    for (const x of node.inputs) use(x);
    if (node.op === "loop") countUses(node.params.body, uses);
  }
  for (const { value } of graph.outputs) use(value);
  return uses;
}

/** add node -> the product it absorbs. The absorbed product is not written. */
export function findGemmFusions(graph: Graph, live: ReadonlySet<Node>, uses: ReadonlyMap<Value, number>) {
  const fusions = new Map<Node, GemmFusion>();
  for (const node of graph.nodes) {
    if (node.op !== "add" || !live.has(node)) continue;
    const [a, b] = node.inputs as [Value, Value];
    for (const [candidate, addend] of [
      [b, a],
      [a, b],
    ] as const) {
      const product = candidate.node;
      if (product.op !== "matmul" || product.graph !== graph || uses.get(candidate) !== 1) continue;
      if (candidate.shape.length !== 2 || product.inputs.some((x) => x.shape.length !== 2)) continue;
      const starts = shapeEquals(addend.shape, candidate.shape) || shapeEquals(addend.shape, candidate.shape.slice(1));
      if (!starts || addend.node.id > node.id) continue;
      fusions.set(node, { product, addend });
      break;
    }
  }
  return fusions;
}
