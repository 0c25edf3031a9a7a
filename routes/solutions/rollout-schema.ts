/** Rollouts on the wire: a completion with all that was recorded while sampling it. */
import { z } from "@hono/zod-openapi";
import type { Rollout } from "../../src/records/records.ts";
import { DigestSchema, RoleSchema, TimestampSchema } from "../wire/field-schemas.ts";

const exampleRollout = {
  id: "roll_01JZX3T5N8Q4W2E6R7T9Y1V3F2",
  runId: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
  role: "solver" as const,
  questionId: "q_01JZX3T5N8Q4W2E6R7T9Y1V3F1",
  solutionId: "sol_01JZX3T5N8Q4W2E6R7T9Y1V3E1",
  stepId: null,
  group: 0,
  sample: 3,
  seed: 1893274,
  prompt: "12+18-2",
  text: "30,28",
  promptTokenIds: [3, 4, 12, 3, 10, 13, 4],
  tokenIds: [5, 2, 14, 4, 10, 1],
  sampledLogprobs: [-0.11, -0.05, -0.01, -0.22, -0.07, 0],
  rawLogprobs: [-0.12, -0.05, -0.01, -0.24, -0.07, 0],
  finishReason: "stop" as const,
  temperature: 1,
  weights: `sha256:${"9f86d081884c7d65".repeat(4)}`,
  policyVersion: 15,
  answer: "28",
  verdict: "string",
  reward: 1,
  rewardParts: { correct: 1 },
  advantage: 0.65,
  createdAt: "2026-08-22T09:30:04.000Z",
};

export const RolloutSchema = z
  .object({
    id: z.string(),
    runId: z.string(),
    role: RoleSchema,
    questionId: z.string().nullable(),
    solutionId: z.string().nullable(),
    stepId: z.string().nullable(),
    group: z.number().int().openapi({ description: "Rollouts compared with each other share a group." }),
    sample: z.number().int(),
    seed: z.number().int(),
    prompt: z.string(),
    text: z.string(),
    promptTokenIds: z.array(z.number().int()),
    tokenIds: z.array(z.number().int()),
    sampledLogprobs: z.array(z.number().nullable()).openapi({
      description: [
        "Log-probability of each token under the PROCESSED distribution it was drawn from (temperature, top-k, top-p,",
        "min-p); null where it is not finite.",
      ].join(" "),
    }),
    rawLogprobs: z.array(z.number().nullable()).openapi({
      description:
        "Log-probability of each token under the RAW distribution of the model; null where it is not finite.",
    }),
    finishReason: z.enum(["stop", "length"]),
    temperature: z.number(),
    weights: DigestSchema,
    policyVersion: z.number().int(),
    answer: z.string().nullable().openapi({ description: "Extracted answer (solver) or question (challenger)." }),
    verdict: z.string().nullable().openapi({
      description: "How the answer was graded when it was rewarded, e.g. numeric or error:deadline-exceeded.",
    }),
    reward: z.number().nullable(),
    rewardParts: z.record(z.string(), z.number()).nullable(),
    advantage: z.number().nullable(),
    createdAt: TimestampSchema,
  })
  .openapi("Rollout", { example: exampleRollout });

export const RolloutListSchema = z
  .object({ data: z.array(RolloutSchema) })
  .openapi("RolloutList", { example: { data: [exampleRollout] } });

function logprobsView(logprobs: Float32Array): (number | null)[] {
  return Array.from(logprobs, (logprob) => (Number.isFinite(logprob) ? logprob : null));
}

export function rolloutView(rollout: Rollout): z.infer<typeof RolloutSchema> {
  return {
    id: rollout.id,
    runId: rollout.runId,
    role: rollout.role,
    questionId: rollout.questionId,
    solutionId: rollout.solutionId,
    stepId: rollout.stepId,
    group: rollout.group,
    sample: rollout.sample,
    seed: rollout.seed,
    prompt: rollout.prompt,
    text: rollout.text,
    promptTokenIds: [...rollout.promptTokenIds],
    tokenIds: [...rollout.tokenIds],
    sampledLogprobs: logprobsView(rollout.sampledLogprobs),
    rawLogprobs: logprobsView(rollout.rawLogprobs),
    finishReason: rollout.finishReason,
    temperature: rollout.temperature,
    weights: rollout.weights,
    policyVersion: rollout.policyVersion,
    answer: rollout.answer,
    verdict: rollout.verdict,
    reward: rollout.reward,
    rewardParts: rollout.rewardParts === null ? null : { ...rollout.rewardParts },
    advantage: rollout.advantage,
    createdAt: rollout.createdAt,
  };
}
