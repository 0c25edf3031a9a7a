/**
 * Every file of gpu/programs and the graphs it makes, in the variants that differ in their nodes. A test holds this
 * table against the folder: a new program fails it until it stands here, and is then searched for racing operators.
 */
import type { Graph } from "../../gpu/graph/node.ts";
import { parameterCount } from "../../gpu/models/parameters.ts";
import { adamWStep } from "../../gpu/programs/adamw-step.ts";
import { type GrpoProgram, grpoStep } from "../../gpu/programs/grpo-step.ts";
import { logprobsProgram } from "../../gpu/programs/logprobs.ts";
import { readPromptsProgram } from "../../gpu/programs/read-prompts.ts";
import { sampleProgram } from "../../gpu/programs/sample.ts";
import { sampleBlockProgram } from "../../gpu/programs/sample-block.ts";
import { blockProgram, prefillProgram } from "../../gpu/programs/sample-blocks.ts";
import { sftStep } from "../../gpu/programs/sft-step.ts";
import { goldenQwen3 } from "./golden-models.ts";
import { leastMemory } from "./memory-plans.ts";

const { config: tied } = goldenQwen3("tied");
const { config: untied } = goldenQwen3("untied");
const biased = { ...untied, architecture: "qwen2", qkNorm: false, qkvBias: true } as const;

export const grpoProgram: GrpoProgram = {
  clipRatioLow: 0.2,
  clipRatioHigh: 0.28,
  clipRatioDual: 3,
  klCoef: 0.01,
  klEstimator: "k3",
  temperature: 0.8,
  givenOldLogprobs: true,
};

export const registeredPrograms: Readonly<Record<string, () => Readonly<Record<string, Graph>>>> = {
  "adamw-step.ts": () => ({ adamWStep: adamWStep(parameterCount(tied)) }),
  "grpo-step.ts": () => ({
    full: grpoStep(tied, grpoProgram),
    leastMemory: grpoStep(tied, grpoProgram, leastMemory),
    onPolicy: grpoStep(untied, { ...grpoProgram, klCoef: 0, clipRatioDual: null, givenOldLogprobs: false }),
  }),
  "logprobs.ts": () => ({
    plain: logprobsProgram(untied, 0),
    topK: logprobsProgram(tied, 5),
    leastMemory: logprobsProgram(tied, 5, leastMemory),
  }),
  "sample.ts": () => ({
    greedy: sampleProgram(tied, { choice: "greedy", blockLength: 4 }),
    plain: sampleProgram(untied, { choice: "plain", blockLength: 4 }),
    biased: sampleProgram(biased, { choice: "greedy", blockLength: 4 }),
    cut: sampleProgram(tied, { choice: "cut", blockLength: 4 }),
  }),
  "read-prompts.ts": () => ({ tied: readPromptsProgram(tied, 4), untied: readPromptsProgram(untied, 4) }),
  "sample-block.ts": () => ({
    greedy: sampleBlockProgram(tied, { choice: "greedy", pageLength: 4, turns: null }),
    plain: sampleBlockProgram(untied, { choice: "plain", pageLength: 4, turns: null }),
    cut: sampleBlockProgram(tied, { choice: "cut", pageLength: 4, turns: null }),
    frozen: sampleBlockProgram(tied, { choice: "cut", pageLength: 4, turns: null }, { frozen: "fed", lora: null }),
  }),
  "sample-blocks.ts": () => ({
    prefill: prefillProgram(tied, { choice: "plain", blockLength: 4 }),
    greedy: blockProgram(untied, { choice: "greedy", blockLength: 4 }),
    cut: blockProgram(tied, { choice: "cut", blockLength: 4 }),
  }),
  "sft-step.ts": () => ({
    tied: sftStep(tied),
    untied: sftStep(untied),
    biased: sftStep(biased),
    leastMemory: sftStep(untied, leastMemory),
    adapter: sftStep(tied, leastMemory, {
      frozen: "fed",
      lora: { rank: 2, alpha: 4, targets: ["q_proj", "down_proj"] },
    }),
  }),
  // parts of programs, no programs of their own
  "memory-plan.ts": () => ({}),
  "paged-cache.ts": () => ({}),
  "token-choice.ts": () => ({}),
  "training-forward.ts": () => ({}),
  "write-tokens.ts": () => ({}),
};
