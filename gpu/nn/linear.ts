import type { Value } from "../graph/node.ts";
import { matmul } from "../graph/ops/linalg.ts";

/** (x [N, in], weight [out, in], Hugging Face's layout) -> x weight' [N, out] */
export const linear = (x: Value, weight: Value): Value => matmul(x, weight, { transposeB: true });
