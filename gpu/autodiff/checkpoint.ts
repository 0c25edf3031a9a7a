/**
 * Memory for arithmetic (Chen et al. 2016, arXiv 1604.06174): of a part of the model nothing is kept from forward to
 * backward but what it reads. When the gradient of its result arrives, the part is computed a second time.
 */
import { builderOf } from "../graph/builder.ts";
import type { Node, Value } from "../graph/node.ts";
import { after, withGradient } from "../graph/ops/control.ts";
import { pullBack } from "./backward.ts";

/**
 * `part(x)`, differentiated by computing it again. Values from outside that `part` reads get their gradients too.
 *
 * Two orders are forced that the data does not ask for and without which nothing would be saved:
 *   the part is not computed again before dy is there, or it would be merged with the first time;
 *   dx is not handed down before the other gradients are made, or they would keep the second time alive to the end.
 * @param x and part(x) have rank 1 or more
 */
export function checkpoint(x: Value, part: (x: Value) => Value): Value {
  const { nodes } = builderOf(x);
  const start = nodes.length;
  const y = part(x);
  const outside = readFromOutside(nodes.slice(start), x);
  return withGradient(y, [x, ...outside], (dy, needs) => {
    const again = after(x, [dy]);
    const restart = nodes.length;
    const wanted = outside.filter((_, i) => needs(i + 1));
    const [dx, ...others] = pullBack(part(again), dy, [again, ...wanted], restart);
    const gradientOf = new Map(wanted.map((value, i) => [value, others[i]!]));
    const made = others.filter((gradient) => gradient !== null);
    return [dx ? after(dx, made) : null, ...outside.map((value) => gradientOf.get(value) ?? null)];
  });
}

function readFromOutside(nodes: readonly Node[], x: Value): Value[] {
  const inside = new Set(nodes);
  const read = new Set(nodes.flatMap((node) => node.inputs));
  return [...read].filter((value) => value !== x && value.dtype === "float32" && !inside.has(value.node));
}
