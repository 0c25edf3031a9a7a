/** Optimiser steps on the wire. */
import { z } from "@hono/zod-openapi";
import type { Step, StepMetrics } from "../../src/records/records.ts";
import { exampleOperation, OperationSchema } from "../operations/operation-schema.ts";
import {
  DigestSchema,
  idSchema,
  MeasuredSchema,
  measured,
  RoleSchema,
  TimestampSchema,
} from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

const exampleMetrics: StepMetrics = {
  reward: 0.62,
  rewardParts: { correct: 0.62 },
  groups: 64,
  constantGroups: 9,
  sequences: 440,
  loss: -0.0031,
  kl: 0.0004,
  entropy: 0.81,
  clipFraction: 0.013,
  gradNorm: 0.44,
  meanTokens: 21.5,
  truncatedFraction: 0.004,
  logprobGapMean: 0.0000031,
  logprobGapMax: 0.000015,
  sampledTokensPerSecond: 18600,
  trainedTokensPerSecond: 17400,
};

export const StepMetricsSchema = z
  .object({
    reward: z.number(),
    rewardParts: z.record(z.string(), z.number()).openapi({ description: "Mean of each named part." }),
    groups: z.number().int(),
    constantGroups: z.number().int().openapi({ description: "Groups whose rewards were all equal; skipped." }),
    sequences: z.number().int(),
    loss: MeasuredSchema,
    kl: MeasuredSchema,
    entropy: MeasuredSchema,
    clipFraction: MeasuredSchema,
    gradNorm: MeasuredSchema,
    meanTokens: z.number(),
    truncatedFraction: z.number(),
    logprobGapMean: MeasuredSchema.openapi({
      description: "Mean of |sampler - trainer| log-probability of the same token under the same weights.",
    }),
    logprobGapMax: MeasuredSchema,
    sampledTokensPerSecond: MeasuredSchema,
    trainedTokensPerSecond: MeasuredSchema,
  })
  .openapi("StepMetrics", { example: exampleMetrics });

const exampleStep = {
  id: "step_01JZX3T5N8Q4W2E6R7T9Y1V3D1",
  runId: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
  iterationId: "iter_01JZX3T5N8Q4W2E6R7T9Y1V3B9",
  phaseId: "phase_01JZX3T5N8Q4W2E6R7T9Y1V3D2",
  operationId: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8",
  role: "solver" as const,
  number: 4,
  policyVersion: 4,
  weightsBefore: `sha256:${"9f86d081884c7d65".repeat(4)}`,
  weightsAfter: `sha256:${"60303ae22b998861".repeat(4)}`,
  skipped: null,
  metrics: exampleMetrics,
  createdAt: "2026-08-22T09:30:05.300Z",
  seconds: 1.4,
};

export const TrainingStepSchema = z
  .object({
    id: z.string(),
    runId: z.string(),
    iterationId: z.string().nullable(),
    phaseId: z.string().nullable(),
    operationId: z.string().nullable(),
    role: RoleSchema,
    number: z.number().int().openapi({ description: "1, 2, ... within the phase." }),
    policyVersion: z.number().int().openapi({ description: "Updates the role has seen after this step." }),
    weightsBefore: DigestSchema,
    weightsAfter: DigestSchema,
    skipped: z.string().nullable().openapi({
      description:
        "null if an update was made; otherwise why not: `all-groups-constant`, `gradient-not-finite` (or its loss), ...",
    }),
    metrics: StepMetricsSchema,
    createdAt: TimestampSchema,
    seconds: z.number(),
  })
  .openapi("TrainingStep", { example: exampleStep });

export const StepListSchema = z
  .object({ data: z.array(TrainingStepSchema) })
  .openapi("TrainingStepList", { example: { data: [exampleStep] } });

export const StepPageSchema = pageSchema("TrainingStepPage", TrainingStepSchema, exampleStep);

const RolloutGroupSchema = z
  .strictObject({
    prompt: z.string().min(1).max(65_536),
    rollouts: z
      .array(
        z
          .strictObject({ text: z.string().max(65_536), reward: z.number() })
          .openapi("RewardedCompletion", { example: { text: "\\boxed{12}", reward: 1 } }),
      )
      .min(2)
      .max(256),
  })
  .openapi("RolloutGroup", {
    description: "Completions of one prompt that are compared with each other.",
    example: {
      prompt: "12+18-2",
      rollouts: [
        { text: "\\boxed{28}", reward: 1 },
        { text: "\\boxed{30}", reward: 0 },
      ],
    },
  });

const sources = ["solutions", "questions", "groups"] as const;

export const TrainingStepCreateSchema = z
  .strictObject({
    run: idSchema("run"),
    role: RoleSchema,
    solutions: z.array(idSchema("sol")).min(1).max(1000).optional().openapi({
      description: "Solver: train on the scored rollouts of these solutions.",
    }),
    questions: z.array(idSchema("q")).min(2).max(1000).optional().openapi({
      description: "Challenger: train on the scored rollouts that wrote these questions, as one group.",
    }),
    groups: z.array(RolloutGroupSchema).min(1).max(1024).optional().openapi({
      description: "Either role: completions with rewards, sampled elsewhere.",
    }),
  })
  .refine((body) => sources.filter((source) => body[source] !== undefined).length === 1, {
    message: "Name exactly one of solutions, questions and groups.",
  })
  .openapi("TrainingStepCreate", {
    description: "Exactly one of `solutions`, `questions` and `groups` is the batch.",
    example: {
      run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
      role: "solver",
      solutions: ["sol_01JZX3T5N8Q4W2E6R7T9Y1V3E1"],
    },
  });

export const TrainingStepStartedSchema = z
  .object({ operation: OperationSchema, trainingSteps: z.array(TrainingStepSchema) })
  .openapi("TrainingStepStarted", {
    description: "`trainingSteps` is empty until the operation completed.",
    example: { operation: { ...exampleOperation, kind: "training-step" }, trainingSteps: [exampleStep] },
  });

export function stepView(step: Step): z.infer<typeof TrainingStepSchema> {
  const { metrics } = step;
  return {
    id: step.id,
    runId: step.runId,
    iterationId: step.iterationId,
    phaseId: step.phaseId,
    operationId: step.operationId,
    role: step.role,
    number: step.number,
    policyVersion: step.policyVersion,
    weightsBefore: step.weightsBefore,
    weightsAfter: step.weightsAfter,
    skipped: step.skipped,
    metrics: {
      reward: metrics.reward,
      rewardParts: { ...metrics.rewardParts },
      groups: metrics.groups,
      constantGroups: metrics.constantGroups,
      sequences: metrics.sequences,
      loss: measured(metrics.loss),
      kl: measured(metrics.kl),
      entropy: measured(metrics.entropy),
      clipFraction: measured(metrics.clipFraction),
      gradNorm: measured(metrics.gradNorm),
      meanTokens: metrics.meanTokens,
      truncatedFraction: metrics.truncatedFraction,
      logprobGapMean: measured(metrics.logprobGapMean),
      logprobGapMax: measured(metrics.logprobGapMax),
      sampledTokensPerSecond: measured(metrics.sampledTokensPerSecond),
      trainedTokensPerSecond: measured(metrics.trainedTokensPerSecond),
    },
    createdAt: step.createdAt,
    seconds: step.seconds,
  };
}
