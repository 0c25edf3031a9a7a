/** g <- g min(1, maxNorm / (|g| + 1e-6)), |g| over all weights together (PyTorch's clip_grad_norm_). */
import type { Value } from "../graph/node.ts";
import { add, div, lessOrEqual, min, mul, sqrt, where } from "../graph/ops/elementwise.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { reshape } from "../graph/ops/movement.ts";

/**
 * @param gradient [P]
 * @param maxNorm scalar; 0 or less switches clipping off
 */
export function clipByGlobalNorm(gradient: Value, maxNorm: Value): { gradient: Value; norm: Value } {
  const size = gradient.shape[0]!;
  const squared = matmul(reshape(gradient, [1, size]), reshape(gradient, [size, 1]));
  const norm = sqrt(reshape(squared, []));
  const factor = min(div(maxNorm, add(norm, 1e-6)), 1);
  return { gradient: mul(gradient, where(lessOrEqual(maxNorm, 0), 1, factor)), norm };
}
