/** Runs on the wire. */
import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { EvaluationSummary, Run } from "../../src/records/records.ts";
import { nullable, SeedSchema, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";
import { exampleRunConfig, RunConfigSchema } from "./run-config-schema.ts";

export const LabelsSchema = z
  .record(z.string().min(1).max(63), z.string().max(256))
  .refine((labels) => Object.keys(labels).length <= 32, "At most 32 labels.")
  .openapi("Labels", { example: { experiment: "band-0.5-0.95" } });

const exampleInterval = { value: 0.41, low: 0.38, high: 0.44 };

export const IntervalSchema = z
  .object({ value: z.number(), low: z.number(), high: z.number() })
  .openapi("Interval", { description: "95 % bootstrap interval over questions.", example: exampleInterval });

const exampleStratum = {
  questions: 100,
  meanAtK: 0.52,
  greedy: 0.61,
  meanAtKInterval: { value: 0.52, low: 0.46, high: 0.58 },
  greedyInterval: { value: 0.61, low: 0.52, high: 0.7 },
};

export const StratumSchema = z
  .object({
    questions: z.number().int(),
    meanAtK: z.number(),
    greedy: z.number(),
    meanAtKInterval: IntervalSchema.optional().openapi({ description: "Absent in older records, as below." }),
    greedyInterval: IntervalSchema.optional(),
  })
  .openapi("SkillResult", { example: exampleStratum });

export const exampleEvaluation: EvaluationSummary = {
  questions: 200,
  k: 8,
  meanAtK: exampleInterval,
  majAtK: { value: 0.55, low: 0.49, high: 0.61 },
  passAtK: { value: 0.78, low: 0.73, high: 0.83 },
  greedy: { value: 0.5, low: 0.44, high: 0.56 },
  skills: { addition: exampleStratum },
  strata: { "addition-3": { ...exampleStratum, questions: 25 } },
};

export const EvaluationSummarySchema = z
  .object({
    questions: z.number().int(),
    k: z.number().int(),
    meanAtK: IntervalSchema,
    majAtK: IntervalSchema,
    passAtK: IntervalSchema,
    greedy: IntervalSchema,
    skills: z.record(z.string(), StratumSchema),
    strata: z
      .record(z.string(), StratumSchema)
      .optional()
      .openapi({ description: "By skill and size, e.g. `chain-6`. Absent in older records." }),
  })
  .openapi("EvaluationSummary", { description: "Held-out results.", example: exampleEvaluation });

const exampleRun = {
  id: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
  createdAt: "2026-08-22T09:30:00.000Z",
  model: "abacus",
  domain: "arithmetic",
  preset: "stable",
  seed: 7,
  labels: { experiment: "band-0.5-0.95" },
  config: exampleRunConfig,
  challengerCheckpointId: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B6",
  solverCheckpointId: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B7",
  baseEvaluation: exampleEvaluation,
  bestCheckpointId: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B7",
  stopReason: null,
};

export const RunSchema = z
  .object({
    id: z.string(),
    createdAt: TimestampSchema,
    model: z.string(),
    domain: z.string(),
    preset: z.string(),
    seed: z.number().int(),
    labels: LabelsSchema,
    config: RunConfigSchema.openapi({ description: "Every value the run works with, resolved." }),
    challengerCheckpointId: z.string().openapi({ description: "Where the Challenger stands now." }),
    solverCheckpointId: z.string().openapi({ description: "Where the Solver stands now." }),
    baseEvaluation: nullable(EvaluationSummarySchema).openapi({
      description: "Of the base weights; null until the first iteration measured them.",
    }),
    bestCheckpointId: z.string().nullable().openapi({
      description:
        "The best Solver so far, judged without labels: by how far its held-out answers agree with what all checkpoints of the run agree on. It cannot be deleted. null until an iteration was judged.",
    }),
    stopReason: z.string().nullable().openapi({ description: "Why the run stopped of itself (`config.stopOn`)." }),
  })
  .openapi("Run", { example: exampleRun });

export const RunPageSchema = pageSchema("RunPage", RunSchema, exampleRun);

export const RunCreateSchema = z
  .strictObject({
    model: z.string().min(1).max(200).optional(),
    domain: z.string().min(1).max(200).optional(),
    preset: z.string().min(1).max(200).optional().openapi({ description: "A name of GET /v1/presets." }),
    seed: SeedSchema.optional(),
    overrides: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi("RunOverrides", {
        description: "Any part of a RunConfig; each value is checked against the bounds of a preset.",
        example: { solver: { steps: 30 } },
      }),
    labels: LabelsSchema.optional(),
  })
  .openapi("RunCreate", {
    description: "Everything is optional; the defaults are the embedded model, its domain and preset `paper`.",
    example: { preset: "stable", seed: 7, overrides: { solver: { steps: 30 } } },
  });

export const RunUpdateSchema = z
  .strictObject({ labels: LabelsSchema })
  .openapi("RunUpdate", { description: "Replaces all labels.", example: { labels: { experiment: "second" } } });

export const PresetSchema = z
  .object({ name: z.string(), description: z.string(), config: RunConfigSchema })
  .openapi("Preset", {
    example: { name: "stable", description: "Under study.", config: exampleRunConfig },
  });

export const PresetListSchema = z.object({ data: z.array(PresetSchema) }).openapi("PresetList", {
  example: { data: [{ name: "stable", description: "Under study.", config: exampleRunConfig }] },
});

export function evaluationView(evaluation: EvaluationSummary): z.infer<typeof EvaluationSummarySchema> {
  const { questions, k, meanAtK, majAtK, passAtK, greedy, skills, strata } = evaluation;
  const own = { questions, k, meanAtK, majAtK, passAtK, greedy, skills: { ...skills } };
  return strata === undefined ? own : { ...own, strata: { ...strata } };
}

export function runView(run: Run): z.infer<typeof RunSchema> {
  return {
    id: run.id,
    createdAt: run.createdAt,
    model: run.model,
    domain: run.domain,
    preset: run.preset,
    seed: run.seed,
    labels: { ...run.labels },
    config: run.config,
    challengerCheckpointId: run.challengerCheckpointId,
    solverCheckpointId: run.solverCheckpointId,
    baseEvaluation: run.baseEvaluation === null ? null : evaluationView(run.baseEvaluation),
    bestCheckpointId: run.bestCheckpointId,
    stopReason: run.stopReason,
  };
}

/** Strong entity tag: changes whenever anything shown of the run changes. */
export function runTag(run: Run): string {
  return `"${createHash("sha256")
    .update(JSON.stringify(runView(run)))
    .digest("hex")
    .slice(0, 32)}"`;
}
