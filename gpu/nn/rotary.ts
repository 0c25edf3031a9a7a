/** Rotary position embedding (Su et al. 2021, arXiv 2104.09864) over half-split pairs, as Qwen and Llama use it. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Dim } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { expand, reshape } from "../graph/ops/movement.ts";
import { type RopeScaling, rotaryFrequencies } from "./rotary-frequencies.ts";

export interface RotaryTables {
  /** [P, headDim / 2] */
  readonly cos: Value;
  readonly sin: Value;
}

export interface RotaryLayout {
  /** P */
  readonly contextLength: number;
  readonly headDim: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling | null;
}

/** cos and sin of angle(position, i) = position * frequency(i), times the magnitude; computed in double precision. */
export function rotaryTables(builder: GraphBuilder, layout: RotaryLayout): RotaryTables {
  const { contextLength, headDim, ropeTheta, ropeScaling } = layout;
  const half = headDim / 2;
  const { perPosition, magnitude } = rotaryFrequencies(headDim, ropeTheta, ropeScaling);
  const table = (wave: (angle: number) => number) =>
    builder.float(
      Float32Array.from(
        { length: contextLength * half },
        (_, at) => magnitude * wave(Math.floor(at / half) * perPosition[at % half]!),
      ),
      [contextLength, half],
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** int64 [B, T]: 0, 1, ..., T - 1 in every row. */
export const rowPositions = (builder: GraphBuilder, batch: Dim, length: Dim): Value =>
  expand(reshape(builder.iota(length), [1, length]), [batch, length]);
