import type { Value } from "../graph/node.ts";
import { add } from "../graph/ops/elementwise.ts";
import { matmul } from "../graph/ops/linalg.ts";

/** (x [N, in], weight [out, in], Hugging Face's layout; bias [out] or none) -> x weight' + bias [N, out] */
export function linear(x: Value, weight: Value, bias: Value | null = null): Value {
  const product = matmul(x, weight, { transposeB: true });
  return bias === null ? product : add(product, bias);
}
