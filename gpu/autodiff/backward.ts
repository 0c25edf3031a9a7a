/** The reverse walk: from a scalar back to what it was made of. */
import { builderOf } from "../graph/builder.ts";
import { shapeText } from "../graph/dim.ts";
import { GraphError, type Node, type NodeOf, type Value } from "../graph/node.ts";
import { add } from "../graph/ops/elementwise.ts";
import type { Primitive } from "../graph/primitives.ts";
import { type GradientRule, gradientRules } from "./gradient-rules.ts";
import { unbroadcast } from "./unbroadcast.ts";

/**
 * dL/dw for each w in `wrt`, as new nodes of the graph of `loss`.
 * Only nodes on a path from some w to the loss are visited.
 * @param loss float32 scalar
 * @throws GraphError if the loss does not depend on a w, or a path needs a forbidden rule or a side output.
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.dtype !== "float32" || loss.shape.length !== 0)
    throw new GraphError(`gradients: the loss must be a float32 scalar, not ${loss.dtype}${shapeText(loss.shape)}`);
  return pullBack(loss, builderOf(loss).float(1), wrt).map((gradient, i) => {
    if (!gradient) throw new GraphError(`gradients: the loss does not depend on ${describe(wrt[i]!)}`);
    return gradient;
  });
}

/**
 * dL/dw for each w in `wrt`, given dL/dy; null where y does not depend on w.
 * @param since where the walk ends: nodes of y's graph made before this many were there are not visited
 */
export function pullBack(y: Value, dy: Value, wrt: readonly Value[], since = 0): (Value | null)[] {
  const forward = y.node.graph.nodes.slice(since); // rules append to graph.nodes while we walk
  const dependent = nodesDependingOn(forward, wrt);
  const gradientOf = new Map<Value, Value>([[y, dy]]);

  for (const node of forward.reverse()) {
    if (!dependent.has(node)) continue;
    const incoming = node.outputs.map((value) => gradientOf.get(value) ?? null);
    if (incoming.every((g) => g === null)) continue;
    const needs = (i: number) => isNeeded(node.inputs[i]!, dependent, wrt);
    for (const [i, gradient] of applyRule(node, incoming, needs).entries()) {
      if (gradient === null || !needs(i)) continue;
      const target = node.inputs[i]!;
      const own = unbroadcast(gradient, target.shape);
      const known = gradientOf.get(target);
      gradientOf.set(target, known ? add(known, own) : own);
    }
  }
  return wrt.map((value) => gradientOf.get(value) ?? null);
}

/** Every other rule speaks of its node's first output only; a gradient that came in elsewhere would be lost in silence. */
const rulesOfEveryOutput: ReadonlySet<Primitive> = new Set(["split"]);

function applyRule(node: Node, incoming: readonly (Value | null)[], needs: (i: number) => boolean) {
  const rule = gradientRules[node.op] as GradientRule<Primitive> | "zero" | "forbidden";
  if (rule === "zero") return node.inputs.map(() => null);
  if (rule === "forbidden") throw new GraphError(`gradients: no gradient may be asked of ${node.op} (node ${node.id})`);
  const side = incoming.findIndex((g, i) => i > 0 && g !== null);
  if (side > 0 && !rulesOfEveryOutput.has(node.op))
    throw new GraphError(`gradients: no gradient may be asked of output ${side} of ${node.op} (node ${node.id})`);
  const dy = incoming[0] ?? builderOf(...node.outputs).full(0, "float32", node.outputs[0]!.shape);
  return rule(node as NodeOf<Primitive>, dy, incoming, needs);
}

function nodesDependingOn(nodes: readonly Node[], wrt: readonly Value[]): ReadonlySet<Node> {
  const sources = new Set(wrt);
  const dependent = new Set<Node>();
  for (const node of nodes) if (node.inputs.some((x) => sources.has(x) || dependent.has(x.node))) dependent.add(node);
  return dependent;
}

const isNeeded = (x: Value, dependent: ReadonlySet<Node>, wrt: readonly Value[]) =>
  x.dtype === "float32" && (dependent.has(x.node) || wrt.includes(x));

const describe = (value: Value) =>
  value.node.op === "input" ? `input ${value.node.params.name}` : `${value.node.op} (node ${value.node.id})`;
