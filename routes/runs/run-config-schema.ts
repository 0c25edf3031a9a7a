/** The resolved configuration of a run, as records hold it. */
import { z } from "@hono/zod-openapi";
import type { RunConfig } from "../../src/rzero/run-config.ts";

export const exampleSampling = { temperature: 1, topP: 0.99, topK: 0, minP: 0, maxTokens: 64 };

export const PolicySamplingSchema = z
  .object({
    temperature: z.number(),
    topP: z.number().openapi({ description: "1 switches it off." }),
    topK: z.number().int().openapi({ description: "0 switches it off." }),
    minP: z.number().openapi({ description: "0 switches it off." }),
    maxTokens: z.number().int(),
  })
  .openapi("PolicySampling", { example: exampleSampling });

const grpo = {
  steps: z.number().int().openapi({ description: "Batches of fresh rollouts in a phase of one iteration." }),
  promptsPerStep: z.number().int(),
  updatesPerStep: z
    .number()
    .int()
    .openapi({ description: "Optimiser updates from a step's rollouts; 1 is on-policy." }),
  groupSize: z.number().int().openapi({ description: "Rollouts compared with each other." }),
  tuning: z
    .enum(["full", "lora"])
    .openapi({ description: "All weights, or an adapter of the role's own over the base." }),
  lora: z
    .object({
      rank: z.number().int(),
      alpha: z.number().openapi({ description: "The update is scaled by alpha / rank." }),
      targets: z.enum(["all-linear", "attention", "mlp"]),
    })
    .openapi("LoraSettings", {
      description: "Counts where tuning is `lora`.",
      example: { rank: 16, alpha: 32, targets: "all-linear" },
    }),
  learningRate: z.number(),
  weightDecay: z.number(),
  maxGradNorm: z.number(),
  beta1: z.number(),
  beta2: z.number(),
  epsilon: z.number(),
  klCoef: z.number(),
  klEstimator: z.enum(["k1", "k2", "k3"]),
  clipRatioLow: z.number(),
  clipRatioHigh: z.number(),
  clipRatioDual: z.number().nullable(),
  lossAggregation: z.enum(["token-mean", "seq-mean-token-mean", "seq-mean-token-sum"]),
  sampling: PolicySamplingSchema,
};

const exampleGrpo = {
  steps: 15,
  promptsPerStep: 64,
  updatesPerStep: 1,
  groupSize: 8,
  tuning: "full" as const,
  lora: { rank: 16, alpha: 32, targets: "all-linear" as const },
  learningRate: 0.0001,
  weightDecay: 0.01,
  maxGradNorm: 1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  klCoef: 0.01,
  klEstimator: "k3" as const,
  clipRatioLow: 0.2,
  clipRatioHigh: 0.2,
  clipRatioDual: null,
  lossAggregation: "token-mean" as const,
  sampling: exampleSampling,
};

export const exampleRunConfig: RunConfig = {
  challenger: { ...exampleGrpo, steps: 5, repetitionWeight: 1, repetitionThreshold: 0.5, reward: "paper" },
  solver: { ...exampleGrpo, reward: "correct" },
  votes: { samples: 10, sampling: exampleSampling },
  pool: {
    size: 600,
    sampling: exampleSampling,
    difficultyBand: { min: 0.5, max: 0.95 },
    dropDuplicates: true,
  },
  evaluation: { questions: 200, samples: 8, sampling: exampleSampling },
  evaluators: { grader: null, verifier: null, gate: null, onError: "fail" },
};

export const SolverSettingsSchema = z
  .object({ ...grpo, reward: z.enum(["correct", "correct-and-think-format"]) })
  .openapi("SolverSettings", { example: exampleRunConfig.solver });

export const ChallengerSettingsSchema = z
  .object({
    ...grpo,
    repetitionWeight: z.number().openapi({ description: "Weight of the repetition penalty." }),
    repetitionThreshold: z
      .number()
      .openapi({ description: "Distance 1 - BLEU at or above which clusters stay apart." }),
    reward: z.enum(["paper", "reference-code"]).openapi({ description: "How the parts become one reward." }),
  })
  .openapi("ChallengerSettings", { example: exampleRunConfig.challenger });

export const RunConfigSchema = z
  .object({
    challenger: ChallengerSettingsSchema,
    solver: SolverSettingsSchema,
    votes: z
      .object({ samples: z.number().int(), sampling: PolicySamplingSchema })
      .openapi("VoteSettings", { example: exampleRunConfig.votes }),
    pool: z
      .object({
        size: z.number().int().openapi({ description: "Questions proposed for the Solver's phase." }),
        sampling: PolicySamplingSchema,
        difficultyBand: z
          .object({ min: z.number(), max: z.number() })
          .openapi("DifficultyBand", { example: exampleRunConfig.pool.difficultyBand }),
        dropDuplicates: z.boolean(),
      })
      .openapi("PoolSettings", { example: exampleRunConfig.pool }),
    evaluation: z
      .object({ questions: z.number().int(), samples: z.number().int(), sampling: PolicySamplingSchema })
      .openapi("EvaluationSettings", { example: exampleRunConfig.evaluation }),
    evaluators: z
      .object({
        grader: z.string().nullable().openapi({ description: "Asked instead of the answer check." }),
        verifier: z.string().nullable().openapi({ description: "Asked about pseudo-labels before the Solver trains." }),
        gate: z.string().nullable().openapi({ description: "Asked about an iteration's checkpoints." }),
        onError: z.enum(["fail", "skip"]).openapi({
          description: "Without a verdict: `fail` the iteration, or `skip` what was not judged: it is not used.",
        }),
      })
      .openapi("EvaluatorSettings", {
        description: "Ids of evaluators that are asked; null for nobody.",
        example: exampleRunConfig.evaluators,
      }),
  })
  .openapi("RunConfig", { example: exampleRunConfig }) satisfies z.ZodType<RunConfig>;
