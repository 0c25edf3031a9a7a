/** The low-rank update of a product with frozen weights (LoRA, Hu et al. 2021, arXiv 2106.09685). */
import type { Value } from "../graph/node.ts";
import { matmul } from "../graph/ops/linalg.ts";

export interface LowRank {
  /** A [rank, in] */
  readonly down: Value;
  /** B [out, rank] */
  readonly up: Value;
  /** alpha / rank */
  readonly scale: number;
}

/** delta = scale (x A') B'. (x [N, in]) -> [N, out] */
export const lowRankUpdate = (x: Value, { down, up, scale }: LowRank): Value =>
  matmul(matmul(x, down, { transposeB: true, alpha: scale }), up, { transposeB: true });
