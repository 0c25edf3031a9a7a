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
  klAnchor: z
    .enum(["phase-start", "base"])
    .openapi({ description: "Reference of the KL term: where the phase began, or the base." }),
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
  klAnchor: "phase-start" as const,
  clipRatioLow: 0.2,
  clipRatioHigh: 0.2,
  clipRatioDual: null,
  lossAggregation: "token-mean" as const,
  sampling: exampleSampling,
};

export const exampleRunConfig: RunConfig = {
  challenger: {
    ...exampleGrpo,
    steps: 5,
    repetitionWeight: 1,
    repetitionThreshold: 0.5,
    reward: "paper",
    targetShare: 0.75,
    targetWidth: 0.4,
    startFrom: "challenger",
    gateFirst: true,
    checkedOnly: true,
    memoryWeight: 0.3,
  },
  solver: { ...exampleGrpo, reward: "correct", labelWeighting: "none", questionOrder: "prioritized", replayShare: 0.2 },
  votes: { samples: 10, sampling: exampleSampling },
  pool: {
    size: 600,
    sampling: exampleSampling,
    difficultyBand: { min: 0.5, max: 0.95 },
    dropDuplicates: true,
    gate: {
      selfContained: true,
      nearDuplicate: 0.8,
      acrossIterations: true,
      minMargin: 0.4,
      maxLuck: 0.01,
      proposerAgrees: false,
      decompositions: 2,
      looksBy: "base",
      keepCorrected: false,
      decompositionShare: 0.5,
    },
    anchors: 0,
  },
  evaluation: { questions: 200, samples: 8, sampling: exampleSampling },
  evaluators: { grader: null, verifier: null, gate: null, onError: "fail" },
  onNonFinite: "skip",
  stopOn: { collapseRisk: 0.8, iterationsWithoutGain: null },
};

export const SolverSettingsSchema = z
  .object({
    ...grpo,
    reward: z.enum(["correct", "correct-and-think-format"]),
    labelWeighting: z
      .enum(["none", "share"])
      .openapi({ description: "`share`: a question counts by the share of votes behind its label." }),
    questionOrder: z
      .enum(["passes", "prioritized"])
      .openapi({ description: "Questions of a step: one after the other, or harder ones more often." }),
    replayShare: z
      .number()
      .openapi({ description: "Share of earlier iterations' kept questions in what the Solver trains on." }),
  })
  .openapi("SolverSettings", { example: exampleRunConfig.solver });

export const ChallengerSettingsSchema = z
  .object({
    ...grpo,
    repetitionWeight: z.number().openapi({ description: "Weight of the repetition penalty." }),
    repetitionThreshold: z
      .number()
      .openapi({ description: "Distance 1 - BLEU at or above which clusters stay apart." }),
    reward: z.enum(["paper", "reference-code"]).openapi({ description: "How the parts become one reward." }),
    targetShare: z.number().openapi({ description: "Majority share that is paid best." }),
    targetWidth: z.number().openapi({ description: "Distance from it at which the pay is 0." }),
    startFrom: z
      .enum(["challenger", "solver"])
      .openapi({ description: "Where its phase starts: where its last one ended, or from the Solver." }),
    checkedOnly: z
      .boolean()
      .openapi({ description: "Pay only for questions whose label the pool's looks confirm or correct." }),
    gateFirst: z
      .boolean()
      .openapi({ description: "What the pool's gate refuses by its text is paid as malformed, without votes." }),
    memoryWeight: z
      .number()
      .openapi({ description: "Weight of the penalty for kinds of questions that earlier iterations were full of." }),
  })
  .openapi("ChallengerSettings", { example: exampleRunConfig.challenger });

export const QuestionGateSchema = z
  .object({
    selfContained: z.boolean().openapi({ description: "Refuse texts that point to what is not there." }),
    nearDuplicate: z
      .number()
      .nullable()
      .openapi({ description: "Jaccard similarity from which a question repeats another; null: not looked at." }),
    acrossIterations: z.boolean().openapi({ description: "Look for near duplicates in earlier iterations too." }),
    minMargin: z.number().openapi({ description: "Least lead of the majority over the second group, in votes/m." }),
    maxLuck: z.number().openapi({ description: "Largest chance that guessing would agree as much; 1: any." }),
    proposerAgrees: z.boolean().openapi({ description: "The Challenger's own answer must be the majority's." }),
    decompositions: z.number().int().openapi({
      description:
        "Steps after which what is left of a question is voted on, at most, where its domain can say what is left; 0: no labels are looked at again. Where they are, minMargin, maxLuck, proposerAgrees and difficultyBand.min are not asked.",
    }),
    looksBy: z
      .enum(["solver", "base"])
      .openapi({ description: "Who votes again; the base votes on the question itself too." }),
    keepCorrected: z
      .boolean()
      .openapi({ description: "Keep labels that looks correct, as corrected; false: only those they confirm." }),
    decompositionShare: z.number().openapi({ description: "Share of votes from which such a vote counts." }),
  })
  .openapi("QuestionGate", {
    description: "What a question must pass besides the difficulty band.",
    example: exampleRunConfig.pool.gate,
  });

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
        gate: QuestionGateSchema,
        anchors: z
          .number()
          .int()
          .openapi({ description: "Submitted questions of the run that join each pool, at most." }),
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
    onNonFinite: z.enum(["skip", "stop"]).openapi({
      description:
        "Where a step's loss or gradient is not finite. Its update is not made either way, and its rollouts stay on record. " +
        "`skip`: the next step is tried; three such steps in a row fail the iteration. `stop`: the first one does.",
    }),
    stopOn: z
      .object({ collapseRisk: z.number().nullable(), iterationsWithoutGain: z.number().int().nullable() })
      .openapi("StopRule", {
        description:
          "When a run ends of itself: at this collapse risk, or after so many iterations without a better checkpoint.",
        example: exampleRunConfig.stopOn,
      }),
  })
  .openapi("RunConfig", { example: exampleRunConfig }) satisfies z.ZodType<RunConfig>;
