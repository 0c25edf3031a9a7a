/** Log-probabilities and entropies of given texts under the raw distribution. */
import { GraphBuilder } from "../graph/builder.ts";
import { symbol } from "../graph/dim.ts";
import type { TensorType, Value } from "../graph/node.ts";
import { overChunks } from "../graph/ops/control.ts";
import { exp, mul, neg } from "../graph/ops/elementwise.ts";
import { gather, gatherElements, topK } from "../graph/ops/indexing.ts";
import { reshape } from "../graph/ops/movement.ts";
import { logSoftmax, sum } from "../graph/ops/reduction.ts";
import { decoder, headWeight } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { modelInputs, type WeightsLayout } from "../models/model-inputs.ts";
import { linear } from "../nn/linear.ts";
import { rotaryTables, rowPositions } from "../nn/rotary.ts";
import { keepEverything, type MemoryPlan } from "./memory-plan.ts";
import { trainingAttention } from "./training-forward.ts";

/**
 * Inputs: the model (models/model-inputs.ts), tokens int64 [B, T] right-padded, rows int64 [M] (positions in [B * T]), targets int64 [M].
 * Outputs: logprobs [M], entropies [M] and, for k > 0, topLogprobs [M, k], topTokens int64 [M, k], largest first.
 */
export function logprobsProgram(
  config: DecoderConfig,
  k: number,
  plan: MemoryPlan = keepEverything,
  layout: WeightsLayout = "flat",
): GraphBuilder {
  const builder = new GraphBuilder("logprobs");
  const [B, T, M] = [symbol("B"), symbol("T"), symbol("M")];
  const model = modelInputs(builder, config, layout);
  const tokens = builder.input("tokens", "int64", [B, T]);
  const rows = builder.input("rows", "int64", [M]);
  const targets = builder.input("targets", "int64", [M]);

  const rotary = rotaryTables(builder, config);
  const attend = trainingAttention(tokens, config, plan.queryRows);
  const hidden = decoder(config, model, rotary, tokens, rowPositions(builder, B, T), attend);
  const scored = gather(hidden, rows); // [M, D]
  const score = scoreRows(headWeight(config, model.parameters), k);
  const results =
    plan.logitRows === null
      ? score(scored, targets)
      : overChunks("scores", builder, M, plan.logitRows, { rowTypes: scoreTypes(k), sums: [] }, (chunk) => ({
          rows: score(gather(scored, chunk), gather(targets, chunk)),
          sums: [],
        })).rows;
  for (const [i, name] of scoreNames.slice(0, results.length).entries()) builder.output(name, results[i]!);
  return builder;
}

const scoreNames = ["logprobs", "entropies", "topLogprobs", "topTokens"] as const;

/** Of one row; in the order of `scoreNames`. */
const scoreTypes = (k: number): TensorType[] => [
  { dtype: "float32", shape: [] },
  { dtype: "float32", shape: [] },
  ...(k > 0
    ? ([
        { dtype: "float32", shape: [k] },
        { dtype: "int64", shape: [k] },
      ] as const)
    : []),
];

/** (hidden [M, D], targets int64 [M]) -> logprobs, entropies [M] and, for k > 0, topLogprobs, topTokens [M, k] */
const scoreRows = (head: Value, k: number) => (hidden: Value, targets: Value) => {
  const M = targets.shape[0]!;
  const distribution = logSoftmax(linear(hidden, head)); // [M, V]
  const logprobs = reshape(gatherElements(distribution, reshape(targets, [M, 1]), 1), [M]);
  const entropies = neg(sum(mul(exp(distribution), distribution), [1]));
  if (k === 0) return [logprobs, entropies];
  const { values, indices } = topK(distribution, k);
  return [logprobs, entropies, values, indices];
};
