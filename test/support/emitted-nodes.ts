/** What a model's bytes hold, loop bodies included. */
import { decodeModel, type GraphProto, type NodeProto } from "../../gpu/onnx/proto.ts";

export const nodesOf = (graph: GraphProto): NodeProto[] =>
  graph.node.flatMap((node) => [node, ...node.attribute.flatMap((a) => (a.g ? nodesOf(a.g) : []))]);

export const emittedNodes = (model: Uint8Array): NodeProto[] => nodesOf(decodeModel(model).graph);

/** How many nodes there are of each operator. */
export function countOperators(model: Uint8Array): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { opType } of emittedNodes(model)) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}
