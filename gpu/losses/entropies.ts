/** How undecided a policy was: measured, never trained on. */
import type { Value } from "../graph/node.ts";
import { log, sub } from "../graph/ops/elementwise.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { reshape } from "../graph/ops/movement.ts";
import { reduceMax } from "../graph/ops/reduction.ts";

/**
 * H = -sum_v p_v log p_v in nats. With log p = l - log Z and log Z = max l - log(max p), which no small p can spoil,
 *   H = log Z - sum_v p_v l_v
 * reads p and l once each and makes nothing of their size.
 * @param logits l [M, V]
 * @param probabilities p = softmax(l)
 * @returns [M]
 */
export function entropies(logits: Value, probabilities: Value): Value {
  const [M, V] = logits.shape as [Value["shape"][number], Value["shape"][number]];
  const logZ = sub(reduceMax(logits, [1]), log(reduceMax(probabilities, [1])));
  const expected = matmul(reshape(probabilities, [M, 1, V]), reshape(logits, [M, V, 1]));
  return sub(logZ, reshape(expected, [M]));
}
