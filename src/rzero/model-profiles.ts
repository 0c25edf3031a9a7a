/**
 * What a model changes about every preset: learning rates and sizes. The published values are for models of 4 to 8
 * billion parameters on eight GPUs.
 *
 * `abacus` (under a million parameters, two CPU cores, completions of at most 40 tokens) runs R-Zero in small: learning
 * rates some hundred times the published ones, 32 Challenger prompts a step instead of 128, a pool of 2,000 instead of
 * 8,000, 8 samples instead of 32 in evaluation. Everything else stays the preset's, 128 questions a Solver step included.
 * Tried on seed 1: a Solver rate of 6e-4 or more peaks after one iteration and then falls below the base. Half the batch,
 * half the pool and a Challenger twice as fast: +2.7 instead of +3.6 points after the first iteration, and 44 % instead of
 * 60 % of the second iteration's labels right.
 */
import { type DeepPartial, withChanges } from "./deep-partial.ts";
import type { RunConfig } from "./run-config.ts";

const short = { maxTokens: 48 };

export const MODEL_PROFILES: Readonly<Record<string, DeepPartial<RunConfig>>> = {
  abacus: {
    challenger: { learningRate: 1e-4, promptsPerStep: 32, sampling: short },
    solver: { learningRate: 3e-4, sampling: short },
    votes: { sampling: short },
    pool: { size: 2000, sampling: short },
    evaluation: { questions: 240, samples: 8, sampling: short },
  },
};

/** What a model changes about one preset, on top of what it changes about every one. */
const PRESET_PROFILES: Readonly<Record<string, Readonly<Record<string, DeepPartial<RunConfig>>>>> = {
  abacus: { stable: { challenger: { learningRate: 3e-4 }, solver: { learningRate: 1.5e-4 } } },
};

/**
 * Above this many weights both roles train an adapter: the state of a full update (weights, gradient, two moments, for each
 * role) is eight times the model, of an adapter a few hundredths of it.
 */
const LORA_ABOVE = 200e6;

/** LoRA learns best at about ten times the rate of full fine-tuning (Schulman et al. 2025, "LoRA Without Regret"). */
const adapters = { tuning: "lora", learningRate: 1e-5 } as const;
const LARGE: DeepPartial<RunConfig> = { challenger: adapters, solver: adapters };

/** The profile of a model under a preset: its own by name, or by its number of weights; a small model without one changes nothing. */
export function modelProfile(
  { name, parameters }: { name: string; parameters: number },
  preset?: string,
): DeepPartial<RunConfig> {
  if (Object.hasOwn(MODEL_PROFILES, name)) {
    return withChanges(MODEL_PROFILES[name]!, PRESET_PROFILES[name]?.[preset ?? ""] ?? {});
  }
  return parameters > LORA_ABOVE ? LARGE : {};
}
