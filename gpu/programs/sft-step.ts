/** Forward, cross-entropy, backward over one micro-batch; the gradient is added to what earlier micro-batches left. */
import type { GraphBuilder } from "../graph/builder.ts";
import { reshape } from "../graph/ops/movement.ts";
import { crossEntropyLoss } from "../losses/cross-entropy.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { WeightsLayout } from "../models/model-inputs.ts";
import { keepEverything, type MemoryPlan } from "./memory-plan.ts";
import { trainingForward } from "./training-forward.ts";

/** Inputs: those of trainingForward. `metrics` is [1]: the loss. */
export function sftStep(
  config: DecoderConfig,
  plan: MemoryPlan = keepEverything,
  layout: WeightsLayout = "flat",
): GraphBuilder {
  const forward = trainingForward("sft_step", config, 1, plan, layout);
  const loss = crossEntropyLoss(forward.logprobs, forward.tokenWeights);
  const graph = forward.finish(loss);
  graph.output("metrics", reshape(loss, [1]));
  return graph;
}
