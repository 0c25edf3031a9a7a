/** Gated feed-forward layer (Shazeer 2020, arXiv 2002.05202). */
import type { Value } from "../graph/node.ts";
import { mul, silu } from "../graph/ops/elementwise.ts";
import { linear } from "./linear.ts";

/** (x [N, D]; gate, up [F, D]; down [D, F]) -> (silu(x gate') * (x up')) down' [N, D] */
export const swiglu = (x: Value, gate: Value, up: Value, down: Value): Value =>
  linear(mul(silu(linear(x, gate)), linear(x, up)), down);
