/** Rotary position embedding (Su et al. 2021, arXiv 2104.09864) over half-split pairs, as Qwen and Llama use it. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Dim } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { expand, reshape } from "../graph/ops/movement.ts";

export interface RotaryTables {
  /** [P, headDim / 2] */
  readonly cos: Value;
  readonly sin: Value;
}

/** angle(position, i) = position * theta^(-2 i / headDim), computed in double precision. */
export function rotaryTables(builder: GraphBuilder, positions: number, headDim: number, theta: number): RotaryTables {
  const half = headDim / 2;
  const angles = Float64Array.from(
    { length: positions * half },
    (_, at) => Math.floor(at / half) * theta ** ((-2 * (at % half)) / headDim),
  );
  return {
    cos: builder.float(Float32Array.from(angles, Math.cos), [positions, half]),
    sin: builder.float(Float32Array.from(angles, Math.sin), [positions, half]),
  };
}

/** int64 [B, T]: 0, 1, ..., T - 1 in every row. */
export const rowPositions = (builder: GraphBuilder, batch: Dim, length: Dim): Value =>
  expand(reshape(builder.iota(length), [1, length]), [batch, length]);
