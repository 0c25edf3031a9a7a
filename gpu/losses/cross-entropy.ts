import type { Value } from "../graph/node.ts";
import { mul, neg } from "../graph/ops/elementwise.ts";
import { sum } from "../graph/ops/reduction.ts";

/** loss = -sum_t w_t logprob_t, w as in losses/aggregation.ts. (logprobs, tokenWeights [M]) -> scalar */
export const crossEntropyLoss = (logprobs: Value, tokenWeights: Value): Value => neg(sum(mul(tokenWeights, logprobs)));
