/** Log-probabilities and entropies of given texts under the raw distribution. */
import { GraphBuilder } from "../graph/builder.ts";
import { symbol } from "../graph/dim.ts";
import { exp, mul, neg } from "../graph/ops/elementwise.ts";
import { gather, gatherElements, topK } from "../graph/ops/indexing.ts";
import { reshape } from "../graph/ops/movement.ts";
import { logSoftmax, sum } from "../graph/ops/reduction.ts";
import { decoder, headWeight } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { modelInputs, type WeightsLayout } from "../models/model-inputs.ts";
import { causalAttention, causalBias } from "../nn/causal-attention.ts";
import { linear } from "../nn/linear.ts";
import { rotaryTables, rowPositions } from "../nn/rotary.ts";

/**
 * Inputs: the model (models/model-inputs.ts), tokens int64 [B, T] right-padded, rows int64 [M] (positions in [B * T]), targets int64 [M].
 * Outputs: logprobs [M], entropies [M] and, for k > 0, topLogprobs [M, k], topTokens int64 [M, k], largest first.
 */
export function logprobsProgram(config: DecoderConfig, k: number, layout: WeightsLayout = "flat"): GraphBuilder {
  const builder = new GraphBuilder("logprobs");
  const [B, T, M] = [symbol("B"), symbol("T"), symbol("M")];
  const model = modelInputs(builder, config, layout);
  const tokens = builder.input("tokens", "int64", [B, T]);
  const rows = builder.input("rows", "int64", [M]);
  const targets = builder.input("targets", "int64", [M]);

  const rotary = rotaryTables(builder, config);
  const bias = causalBias(tokens, T);
  const hidden = decoder(config, model, rotary, tokens, rowPositions(builder, B, T), (_, q, key, v) =>
    causalAttention(q, key, v, bias, config),
  );
  const distribution = logSoftmax(linear(gather(hidden, rows), headWeight(config, model.parameters))); // [M, V]
  builder.output("logprobs", reshape(gatherElements(distribution, reshape(targets, [M, 1]), 1), [M]));
  builder.output("entropies", neg(sum(mul(exp(distribution), distribution), [1])));
  if (k > 0) {
    const best = topK(distribution, k);
    builder.output("topLogprobs", best.values);
    builder.output("topTokens", best.indices);
  }
  return builder;
}
