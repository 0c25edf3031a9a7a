/** How a batch is run within the memory there is: with the least arithmetic that fits, in micro-batches that fit. */
import { totalmem } from "node:os";
import { logitRowsFor } from "../losses/target-logprobs.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { trainedVector, type WeightsLayout } from "../models/model-inputs.ts";
import { parameterCount } from "../models/parameters.ts";
import { keepEverything, type MemoryPlan } from "../programs/memory-plan.ts";
import { type RunShape, scoringBytes, trainingBytes } from "./estimate-memory.ts";

export interface Fit {
  readonly plan: MemoryPlan;
  readonly fits: (shape: RunShape) => boolean;
}

/**
 * Bytes the device process may use where nobody says: half of the machine's memory. Not of what happens to be free, or
 * the same run would be cut into other micro-batches on a busy day, and end in other bits.
 */
export function standardMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  const total = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(total / 2);
}

const queryRows = [256, 64, 16] as const;

/** Least arithmetic first. */
const trainingPlans = (logitRows: number | null): MemoryPlan[] => [
  { ...keepEverything, logitRows },
  { ...keepEverything, logitRows, recompute: true },
  ...queryRows.map((queryRows) => ({ logitRows, recompute: true, queryRows })),
];
const scoringPlans = (logitRows: number | null): MemoryPlan[] => [
  { ...keepEverything, logitRows },
  ...queryRows.map((queryRows) => ({ logitRows, recompute: false, queryRows })),
];

/** Fewer tokens in a micro-batch than this make products slow, so a plan must have room for as many. */
const leastTokens = 1024;

/** @param memory bytes, of which the weights and the training state take their part first */
export function fitTraining(config: DecoderConfig, longest: number, memory: number, layout: WeightsLayout): Fit {
  const trained = trainedVector(config, layout)?.size ?? 0;
  const frozen = layout === "flat" ? 0 : parameterCount(config);
  const state = 4 * (frozen + 5 * trained); // of the vector: itself, two moments, gradient, decay mask
  return fit(trainingPlans, config, longest, memory - state, (shape, plan) =>
    trainingBytes(config, shape, plan, layout === "flat" ? "all" : trained),
  );
}

/** @param memory bytes, of which the weights take their part first */
export function fitScoring(config: DecoderConfig, longest: number, memory: number, layout: WeightsLayout): Fit {
  const state = 4 * parameterCount(config);
  return fit(scoringPlans, config, longest, memory - state, (shape, plan) =>
    scoringBytes(config, shape, plan, layout === "flat" ? "flat" : "shared"),
  );
}

/** Where nothing fits, the last plan is tried one sequence at a time: an estimate is no reason to refuse. */
function fit(
  plans: (logitRows: number | null) => readonly MemoryPlan[],
  config: DecoderConfig,
  longest: number,
  bytes: number,
  estimate: (shape: RunShape, plan: MemoryPlan) => number,
): Fit {
  const batch = Math.max(1, Math.floor(leastTokens / longest));
  const smallest: RunShape = { batch, length: longest, scored: batch * longest };
  const candidates = plans(logitRowsFor(config.vocabularySize));
  const plan = candidates.find((candidate) => estimate(smallest, candidate) <= bytes) ?? candidates.at(-1)!;
  return { plan, fits: (shape) => estimate(shape, plan) <= bytes };
}
