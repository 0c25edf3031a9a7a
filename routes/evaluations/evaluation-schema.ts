/** Evaluations on the wire: what is asked, and what came of it. */
import { z } from "@hono/zod-openapi";
import type { Evaluation, JudgeChoice } from "../../src/records/evaluations.ts";
import { exampleOperation, OperationSchema } from "../operations/operation-schema.ts";
import {
  DigestSchema,
  idSchema,
  JobFailureSchema,
  JobStateSchema,
  nullable,
  SeedSchema,
  TimestampSchema,
} from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";
import { BenchmarkSummarySchema, benchmarkSummaryView, exampleBenchmarkSummary } from "./benchmark-summary-schema.ts";

export const BenchmarkNameSchema = z
  .string()
  .min(1)
  .max(100)
  .openapi({ description: "As `GET /v1/benchmarks` lists it.", example: "arithmetic" });

const samplingFields = {
  temperature: z.number().min(0).max(100),
  topP: z.number().gt(0).max(1),
  topK: z.int().min(0).max(1_000_000),
  minP: z.number().min(0).max(1),
  maxTokens: z.int().min(1).max(131_072),
};

const exampleSampling = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 4096 };

export const EvaluationSamplingSchema = z
  .object(samplingFields)
  .openapi("BenchmarkSampling", { example: exampleSampling });

const SamplingChangesSchema = z
  .strictObject(samplingFields)
  .partial()
  .openapi("BenchmarkSamplingChanges", {
    description: "Of the sampled answers; `maxTokens` also bounds the greedy one.",
    example: { temperature: 0.6, topP: 0.95 },
  });

export const JudgeEvaluatorSchema = z.strictObject({ evaluator: idSchema("evr") }).openapi("JudgeEvaluator", {
  description: "A registered evaluator of the kind `judge`.",
  example: { evaluator: "evr_01JZX3T5N8Q4W2E6R7T9Y1V3K1" },
});

export const JudgeModelSchema = z.strictObject({ model: z.string().min(1).max(200) }).openapi("JudgeModel", {
  description: "Another model of the configured OpenAI-compatible endpoint.",
  example: { model: "a-larger-one" },
});

export const EvaluationsCreateSchema = z
  .strictObject({
    benchmarks: z.array(BenchmarkNameSchema).min(1).max(32).openapi({ description: "One evaluation each." }),
    model: z.string().min(1).max(200).optional().openapi({
      description: "A base model, `run_.../solver`, or a checkpoint; the base unless told.",
      example: "abacus",
    }),
    samples: z
      .int()
      .min(0)
      .max(1024)
      .optional()
      .openapi({ description: "Sampled answers to each question; the benchmark's own number unless told." }),
    k: z
      .int()
      .min(0)
      .max(1024)
      .optional()
      .openapi({ description: "Of maj@k and pass@k; `samples` unless told, and at most that." }),
    greedy: z.boolean().optional().openapi({ description: "One more answer at temperature 0." }),
    sampling: SamplingChangesSchema.optional(),
    limit: z.int().min(1).max(1_000_000).optional().openapi({ description: "The first so many questions." }),
    seed: SeedSchema.optional(),
    judge: z
      .union([z.boolean(), JudgeEvaluatorSchema, JudgeModelSchema])
      .optional()
      .openapi({
        description:
          "Who else is asked about every answer; nobody unless told. `true`: the configured OpenAI-compatible endpoint. Its verdicts " +
          "stay beside the rule's.",
      }),
  })
  .openapi("EvaluationsCreate", {
    example: { benchmarks: ["arithmetic"], model: "abacus", samples: 8, k: 4, greedy: true, limit: 100, seed: 7 },
  });

const exampleJudge = { evaluator: "evr_01JZX3T5N8Q4W2E6R7T9Y1V3K1", model: null };
const exampleSettings = { samples: 8, k: 4, greedy: true, limit: 100, sampling: exampleSampling, judge: exampleJudge };

export const JudgeSchema = z
  .object({
    evaluator: z.string().nullable().openapi({ description: "A registered evaluator of the kind `judge`." }),
    model: z.string().nullable().openapi({ description: "Of the configured OpenAI-compatible endpoint." }),
  })
  .openapi("Judge", { description: "One of the two is asked besides the rule.", example: exampleJudge });

export const exampleEvaluation = {
  id: "eval_01JZX3T5N8Q4W2E6R7T9Y1V3E1",
  operationId: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8",
  runId: null,
  benchmark: "arithmetic",
  model: "abacus",
  weights: `sha256:${"9f86d081884c7d65".repeat(4)}`,
  seed: 7,
  settings: exampleSettings,
  itemsDigest: `sha256:${"2c26b46b68ffc68f".repeat(4)}`,
  items: 100,
  finished: 100,
  state: "completed" as const,
  summary: exampleBenchmarkSummary,
  error: null,
  createdAt: "2026-08-22T09:30:00.000Z",
  startedAt: "2026-08-22T09:30:00.120Z",
  finishedAt: "2026-08-22T09:30:09.500Z",
};

export const EvaluationSchema = z
  .object({
    id: z.string(),
    operationId: z.string(),
    runId: z.string().nullable(),
    benchmark: z.string(),
    model: z.string(),
    weights: DigestSchema,
    seed: z.number().int(),
    settings: z
      .object({
        samples: z.number().int(),
        k: z.number().int(),
        greedy: z.boolean(),
        limit: z.number().int().nullable(),
        sampling: EvaluationSamplingSchema,
        judge: nullable(JudgeSchema).openapi({ description: "null: nobody is asked besides the rule." }),
      })
      .openapi("BenchmarkSettings", { example: exampleSettings }),
    itemsDigest: z
      .string()
      .nullable()
      .openapi({ description: "Equal digests: the same questions, choices and references." }),
    items: z.number().int().nullable().openapi({ description: "null until the data was read." }),
    finished: z.number().int().openapi({ description: "Items answered and stored; they survive an interruption." }),
    state: JobStateSchema,
    summary: nullable(BenchmarkSummarySchema),
    error: nullable(JobFailureSchema),
    createdAt: TimestampSchema,
    startedAt: nullable(TimestampSchema),
    finishedAt: nullable(TimestampSchema),
  })
  .openapi("Evaluation", { example: exampleEvaluation });

export const EvaluationPageSchema = pageSchema("EvaluationPage", EvaluationSchema, exampleEvaluation);

export const EvaluationsStartedSchema = z
  .object({ operation: OperationSchema, evaluations: z.array(EvaluationSchema) })
  .openapi("EvaluationsStarted", {
    example: { operation: { ...exampleOperation, kind: "evaluations" }, evaluations: [exampleEvaluation] },
  });

export const EvaluationCancelledSchema = z
  .object({ operation: OperationSchema, evaluation: EvaluationSchema })
  .openapi("EvaluationCancelled", {
    example: {
      operation: { ...exampleOperation, kind: "evaluations", state: "cancelled" },
      evaluation: { ...exampleEvaluation, state: "cancelled", summary: null },
    },
  });

export const evaluationListFilters = {
  run: idSchema("run").optional(),
  benchmark: BenchmarkNameSchema.optional(),
  model: z.string().min(1).max(200).optional(),
  weights: z.string().min(1).max(200).optional(),
  state: JobStateSchema.optional(),
};

/** `finished`: items that are stored. */
export function evaluationView(evaluation: Evaluation, finished: number): z.infer<typeof EvaluationSchema> {
  const { samples, k, greedy, limit, sampling, judge } = evaluation.settings;
  return {
    id: evaluation.id,
    operationId: evaluation.operationId,
    runId: evaluation.runId,
    benchmark: evaluation.benchmark,
    model: evaluation.model,
    weights: evaluation.weights,
    seed: evaluation.seed,
    settings: { samples, k, greedy, limit, sampling: { ...sampling }, judge: judge && judgeView(judge) },
    itemsDigest: evaluation.itemsDigest,
    items: evaluation.items,
    finished,
    state: evaluation.state,
    summary: evaluation.summary && benchmarkSummaryView(evaluation.summary),
    error: evaluation.error,
    createdAt: evaluation.createdAt,
    startedAt: evaluation.startedAt,
    finishedAt: evaluation.finishedAt,
  };
}

const judgeView = (choice: JudgeChoice): z.infer<typeof JudgeSchema> =>
  "evaluator" in choice ? { evaluator: choice.evaluator, model: null } : { evaluator: null, model: choice.model };
