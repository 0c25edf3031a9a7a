/** Gated feed-forward layer (Shazeer 2020, arXiv 2002.05202). */
import type { Value } from "../graph/node.ts";
import { mul, silu } from "../graph/ops/elementwise.ts";

/** (x [N, D]; gate, up: D -> F; down: F -> D) -> down(silu(gate(x)) * up(x)) [N, D] */
export const swiglu = (
  x: Value,
  gate: (x: Value) => Value,
  up: (x: Value) => Value,
  down: (x: Value) => Value,
): Value => down(mul(silu(gate(x)), up(x)));
