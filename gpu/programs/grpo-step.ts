/** Forward, GRPO loss, backward over one micro-batch; the gradient is added to what earlier micro-batches left. */
import type { GraphBuilder } from "../graph/builder.ts";
import { mul, stopGradient } from "../graph/ops/elementwise.ts";
import { concat, reshape } from "../graph/ops/movement.ts";
import { sum } from "../graph/ops/reduction.ts";
import { type GrpoTerms, grpoLoss } from "../losses/grpo.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { WeightsLayout } from "../models/model-inputs.ts";
import { keepEverything, type MemoryPlan } from "./memory-plan.ts";
import { trainingForward } from "./training-forward.ts";

export interface GrpoProgram extends GrpoTerms {
  readonly temperature: number;
  /** False: the policy that sampled is the one being trained, so the old log-probabilities are the new ones, detached. */
  readonly givenOldLogprobs: boolean;
}

/** Order of the values in the `metrics` output, each weighted by tokenWeights. */
export const grpoMetricNames = ["loss", "policyLoss", "kl", "clipFraction", "ratioMean", "entropy"] as const;

/** Inputs beside those of trainingForward: advantages [M], oldLogprobs [M] if given, refLogprobs [M] if klCoef > 0. */
export function grpoStep(
  config: DecoderConfig,
  program: GrpoProgram,
  plan: MemoryPlan = keepEverything,
  layout: WeightsLayout = "flat",
): GraphBuilder {
  const forward = trainingForward("grpo_step", config, 1 / program.temperature, plan, layout);
  const values = grpoLoss(
    {
      logprobs: forward.logprobs,
      oldLogprobs: program.givenOldLogprobs ? forward.perToken("oldLogprobs") : stopGradient(forward.logprobs),
      refLogprobs: program.klCoef > 0 ? forward.perToken("refLogprobs") : null,
      advantages: forward.perToken("advantages"),
      tokenWeights: forward.tokenWeights,
    },
    program,
  );
  const entropy = sum(mul(forward.tokenWeights, forward.entropies));
  const metrics = { ...values, entropy };
  const graph = forward.finish(values.loss);
  graph.output(
    "metrics",
    concat(
      grpoMetricNames.map((name) => reshape(metrics[name], [1])),
      0,
    ),
  );
  return graph;
}
