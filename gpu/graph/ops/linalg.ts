/** Products of matrices, and the fused layers ONNX Runtime has an operator for. */
import { builderOf } from "../builder.ts";
import type { Value } from "../node.ts";

/** op(A) op(B) * alpha over the last two axes, leading axes broadcast. */
export const matmul = (
  a: Value,
  b: Value,
  {
    transposeA = false,
    transposeB = false,
    alpha = 1,
  }: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {},
): Value => builderOf(a, b).apply("matmul", [a, b], { transposeA, transposeB, alpha })[0]!;

/** (x [..., D], gain [D]) -> x / sqrt(mean(x^2) + epsilon) * gain */
export const rmsNorm = (x: Value, gain: Value, epsilon: number): Value =>
  builderOf(x, gain).apply("rmsNorm", [x, gain], { epsilon })[0]!;

/** (x [B, T, heads * D], positions int64 [B, T], cos and sin [P, D/2]): half-split rotary embedding. */
export const rope = (x: Value, positions: Value, cos: Value, sin: Value, heads: number): Value =>
  builderOf(x, positions, cos, sin).apply("rope", [x, positions, cos, sin], { heads })[0]!;

/** log softmax(inverseTemperature * hidden weight')[target] per row, the whole distribution, and its logits. */
export function linearLogprob(hidden: Value, weight: Value, targets: Value, inverseTemperature: number) {
  const [logprobs, probabilities, logits] = builderOf(hidden, weight, targets).apply(
    "linearLogprob",
    [hidden, weight, targets],
    { inverseTemperature },
  );
  return { logprobs: logprobs!, probabilities: probabilities!, logits: logits! };
}
