/** What both training programs share: the model over one micro-batch, and the log-probabilities its loss is made of. */
import { gradients } from "../autodiff/backward.ts";
import { checkpoint } from "../autodiff/checkpoint.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { multiplyDims, sizeOf, symbol } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { add } from "../graph/ops/elementwise.ts";
import { takeRows } from "../graph/ops/indexing.ts";
import { concat, reshape } from "../graph/ops/movement.ts";
import { targetLogprobs } from "../losses/target-logprobs.ts";
import { type Attend, decoder, headWeight } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { modelInputs, trainedVector, type WeightsLayout } from "../models/model-inputs.ts";
import { attentionInBlocks } from "../nn/attention-in-blocks.ts";
import { causalAttention, causalBias } from "../nn/causal-attention.ts";
import { rotaryTables, rowPositions } from "../nn/rotary.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/**
 * Inputs every training program reads:
 *   the model in some layout     see models/model-inputs.ts; what is trained is a vector [P]
 *   gradient [P]                 the gradient so far, added to
 *   tokens int64 [B, T]          right-padded; the causal mask keeps real tokens from seeing the padding
 *   rows int64 [M]               positions in [B * T] whose next token the loss is about
 *   inverse int64 [B * T]        where each position stands in `rows`, M where it does not
 *   targets int64 [M]            those next tokens
 *   tokenWeights [M]             see losses/aggregation.ts
 */
export interface TrainingForward {
  readonly builder: GraphBuilder;
  /** [M] */
  readonly logprobs: Value;
  /** [M] in nats, detached */
  readonly entropies: Value;
  readonly tokenWeights: Value;
  /** Adds one float input of M values. */
  perToken(name: string): Value;
  /** Emits `gradient.next` = gradient + d(loss)/d(trained vector). */
  finish(loss: Value): GraphBuilder;
}

/** How a position of a whole text attends to those before it: all queries at once, or in blocks of `queryRows`. */
export function trainingAttention(tokens: Value, config: DecoderConfig, queryRows: number | null): Attend {
  if (queryRows !== null) return (layer, q, k, v) => attentionInBlocks(`attention${layer}`, q, k, v, config, queryRows);
  const bias = causalBias(tokens, tokens.shape[1]!);
  return (_, q, k, v) => causalAttention(q, k, v, bias, config);
}

export function trainingForward(
  name: string,
  config: DecoderConfig,
  inverseTemperature: number,
  plan: MemoryPlan,
  layout: WeightsLayout,
): TrainingForward {
  const builder = new GraphBuilder(name);
  const [B, T, M] = [symbol("B"), symbol("T"), symbol("M")];
  const vector = trainedVector(config, layout);
  if (vector === null) throw new Error("internal: a program to train nothing");
  const model = modelInputs(builder, config, layout);
  const gradient = builder.input("gradient", "float32", [vector.size]);
  const tokens = builder.input("tokens", "int64", [B, T]);
  const rows = builder.input("rows", "int64", [M]);
  const inverse = builder.input("inverse", "int64", [multiplyDims(B, T)]);
  const targets = builder.input("targets", "int64", [M]);
  const tokenWeights = builder.input("tokenWeights", "float32", [M]);

  const rotary = rotaryTables(builder, config);
  const hidden = decoder(
    config,
    model,
    rotary,
    tokens,
    rowPositions(builder, B, T),
    trainingAttention(tokens, config, plan.queryRows),
    plan.recompute ? checkpoint : undefined,
  );
  const { logprobs, entropies } = targetLogprobs(
    takeRows(hidden, rows, inverse),
    headWeight(config, model.parameters),
    targets,
    inverseTemperature,
    plan.logitRows,
  );
  return {
    builder,
    logprobs,
    entropies,
    tokenWeights,
    perToken: (input) => builder.input(input, "float32", [M]),
    finish(loss) {
      const parts = gradients(loss, model.trained).map((g) => reshape(g, [sizeOf(g.shape)]));
      builder.output("gradient.next", add(gradient, concat(parts, 0)));
      builder.output("logprobs", logprobs);
      return builder;
    },
  };
}
