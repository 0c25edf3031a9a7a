/** Undoes numpy broadcasting for gradients, the one place that does. */
import { dimEquals, type Shape, shapeEquals } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { reshape } from "../graph/ops/movement.ts";
import { sum } from "../graph/ops/reduction.ts";

/**
 * If y = broadcast(x), then dx = dy summed over every axis that x did not have, or had with size 1.
 * 1. axes in front that x lacks; 2. axes of size 1 that grew; 3. back to x's own shape.
 */
export function unbroadcast(gradient: Value, shape: Shape): Value {
  if (shapeEquals(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, axis) => {
    if (axis < extra) return [axis];
    return shape[axis - extra] === 1 && !dimEquals(dim, 1) ? [axis] : [];
  });
  return reshape(sum(gradient, axes), shape);
}
