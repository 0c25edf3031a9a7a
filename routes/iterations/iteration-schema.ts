/** Iterations on the wire. */
import { z } from "@hono/zod-openapi";
import type { Iteration, IterationMetrics } from "../../src/records/records.ts";
import { SIGNALS, type Signal } from "../../src/rzero/collapse-risk.ts";
import { GateDecisionSchema, gateView } from "../evaluators/verdict-schema.ts";
import { exampleOperation, OperationSchema } from "../operations/operation-schema.ts";
import { EvaluationSummarySchema, evaluationView, exampleEvaluation } from "../runs/run-schema.ts";
import { idSchema, JobFailureSchema, JobStateSchema, nullable, TimestampSchema } from "../wire/field-schemas.ts";
import { iterationSummary } from "./iteration-summary.ts";

const exampleDifference = { value: 0.041, low: 0.012, high: 0.07, p: 0.006 };
const exampleComparison = { questions: 200, meanAtK: exampleDifference, greedy: { ...exampleDifference, p: 0.21 } };

const PairedDifferenceSchema = z
  .object({ value: z.number(), low: z.number(), high: z.number(), p: z.number() })
  .openapi("PairedDifference", {
    description:
      "Mean difference over the same questions, 95 % bootstrap interval, p of a paired bootstrap (mean@k) or McNemar's exact test (greedy).",
    example: exampleDifference,
  });

const ComparisonSchema = z
  .object({ questions: z.number().int(), meanAtK: PairedDifferenceSchema, greedy: PairedDifferenceSchema })
  .openapi("HeldOutComparison", { example: exampleComparison });

const ProportionSchema = z
  .object({ value: z.number(), low: z.number(), high: z.number(), items: z.number().int() })
  .openapi("Proportion", {
    description: "A share of items with its 95 % interval (Wilson).",
    example: { value: 0.88, low: 0.83, high: 0.92, items: 212 },
  });

const signal = (description: string) => z.number().nullable().openapi({ description });

const SignalsSchema = z
  .object({
    formatRate: signal("Proposals of the pool that are well-formed."),
    answerRate: signal("Held-out samples that had an answer."),
    diversity: signal("Clusters of the pool over the questions that were clustered."),
    proposerAgreement: signal("Questions on which the Challenger's own answer is the majority's."),
    greedyAgreement: signal("Labels of the curriculum that the Solver's greedy answer gives too."),
    baseAgreement: signal("Labels of the curriculum that the base's greedy answer gives too."),
    selfConsistency: signal("Mean majority share of the samples on held-out questions."),
    consensus: signal("Held-out samples that agree with what all checkpoints so far agree on."),
  } satisfies Record<Signal, z.ZodType>)
  .openapi("IterationSignals", {
    description: "What can be seen without a label; null where there was nothing to measure.",
    example: {
      formatRate: 0.95,
      answerRate: 0.99,
      diversity: 0.25,
      proposerAgreement: 0.28,
      greedyAgreement: 0.91,
      baseAgreement: 0.86,
      selfConsistency: 0.74,
      consensus: 0.72,
    },
  });

const signals = SIGNALS as [Signal, ...Signal[]];

const CollapseRiskSchema = z
  .object({
    value: z.number().openapi({
      description: "0..1: the largest fall of a signal from its best value, over the fall that counts as collapse.",
    }),
    because: z.enum(signals).nullable().openapi({ description: "That signal; null where none has fallen." }),
  })
  .openapi("CollapseRisk", {
    description: "Early warning that self-training has begun to teach errors, from signals that need no label.",
    example: { value: 0.2, because: "baseAgreement" as const },
  });

const exampleMetrics: IterationMetrics = {
  proposed: 600,
  wellFormed: 571,
  distinct: 498,
  kept: 212,
  shareHistogram: [0, 12, 41, 60, 71, 82, 90, 78, 61, 44, 32],
  meanMajorityShare: 0.58,
  clustered: 571,
  clusters: 143,
  distinctBigrams: 0.21,
  labelAccuracy: 0.88,
  labels: { value: 0.88, low: 0.83, high: 0.92, items: 212 },
  looks: { confirmed: 391, corrected: 12, disputed: 38, torn: 57 },
  evaluation: exampleEvaluation,
  signals: {
    formatRate: 0.95,
    answerRate: 0.99,
    diversity: 0.25,
    proposerAgreement: 0.28,
    greedyAgreement: 0.91,
    baseAgreement: 0.86,
    selfConsistency: 0.74,
    consensus: 0.72,
  },
  collapseRisk: { value: 0.2, because: "baseAgreement" },
  sinceBase: exampleComparison,
  sinceLast: exampleComparison,
};

const count = z.number().int();
const LooksSchema = z.object({ confirmed: count, corrected: count, disputed: count, torn: count }).openapi("Looks", {
  description: "Questions of the pool whose label was looked at again, by what came of it; null where nobody did.",
  example: { confirmed: 391, corrected: 12, disputed: 38, torn: 57 },
});

export const IterationMetricsSchema = z
  .object({
    proposed: z.number().int(),
    wellFormed: z.number().int(),
    distinct: z.number().int(),
    kept: z.number().int().openapi({ description: "Questions in the curriculum." }),
    shareHistogram: z
      .array(z.number().int())
      .openapi({ description: "[11] counts of well-formed questions by majorityShare 0, 0.1, ... 1." }),
    meanMajorityShare: z.number().openapi({ description: "Agreement of the Solver with itself, not accuracy." }),
    clustered: z
      .number()
      .int()
      .openapi({ description: "Well-formed questions that were clustered: all, or an even sample of a large pool." }),
    clusters: z.number().int().openapi({ description: "Clusters among them." }),
    distinctBigrams: z.number(),
    labelAccuracy: z.number().nullable().openapi({
      description: "Kept pseudo-labels that agree with the oracle; null without one. Measured, never trained on.",
    }),
    labels: nullable(ProportionSchema).openapi({ description: "The same with its interval; null without an oracle." }),
    looks: nullable(LooksSchema),
    evaluation: EvaluationSummarySchema,
    signals: nullable(SignalsSchema).openapi({ description: "null in older records, as the three below." }),
    collapseRisk: nullable(CollapseRiskSchema),
    sinceBase: nullable(ComparisonSchema).openapi({ description: "Held-out results minus the base's." }),
    sinceLast: nullable(ComparisonSchema).openapi({ description: "Minus those of the iteration before." }),
  })
  .openapi("IterationMetrics", { example: exampleMetrics });

const exampleRecord: Iteration = {
  id: "iter_01JZX3T5N8Q4W2E6R7T9Y1V3B9",
  runId: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
  number: 1,
  state: "completed",
  operationId: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8",
  createdAt: "2026-08-22T09:30:00.000Z",
  startedAt: "2026-08-22T09:30:00.120Z",
  finishedAt: "2026-08-22T09:30:41.900Z",
  seconds: 41.78,
  challengerFrom: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B6",
  challengerTo: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3C1",
  solverFrom: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B7",
  solverTo: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3C2",
  metrics: exampleMetrics,
  gate: null,
  error: null,
};

const exampleIteration = { ...exampleRecord, summary: iterationSummary(exampleRecord) };

export const IterationSchema = z
  .object({
    id: z.string(),
    runId: z.string(),
    number: z.number().int().openapi({ description: "1, 2, ... within the run." }),
    state: JobStateSchema,
    summary: z.string().openapi({ description: "The iteration in one line, for people." }),
    operationId: z.string(),
    createdAt: TimestampSchema,
    startedAt: nullable(TimestampSchema),
    finishedAt: nullable(TimestampSchema),
    seconds: z.number().nullable(),
    challengerFrom: z.string().nullable().openapi({ description: "Checkpoint the Challenger started from." }),
    challengerTo: z.string().nullable().openapi({ description: "Checkpoint it ended with." }),
    solverFrom: z.string().nullable(),
    solverTo: z.string().nullable(),
    metrics: nullable(IterationMetricsSchema).openapi({ description: "null until it completed." }),
    gate: nullable(GateDecisionSchema).openapi({ description: "null where the run names no gate." }),
    error: nullable(JobFailureSchema),
  })
  .openapi("Iteration", { example: exampleIteration });

export const IterationPageSchema = z
  .object({
    data: z.array(IterationSchema),
    hasMore: z.boolean(),
    nextCursor: z.string().nullable().openapi({ description: "`after` of the next page." }),
    hint: z.string().optional().openapi({ description: "What to do next; present while the list is empty." }),
  })
  .openapi("IterationPage", { example: { data: [exampleIteration], hasMore: false, nextCursor: null } });

export const IterationsCreateSchema = z
  .strictObject({
    run: idSchema("run").optional().openapi({ description: "Without it a run with default settings is made first." }),
    count: z.int().min(1).max(100).optional().openapi({ description: "Iterations to queue; 1 unless told." }),
  })
  .openapi("IterationsCreate", { example: { run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5", count: 3 } });

export const IterationsStartedSchema = z
  .object({ operation: OperationSchema, iterations: z.array(IterationSchema) })
  .openapi("IterationsStarted", {
    example: { operation: exampleOperation, iterations: [exampleIteration] },
  });

export const IterationCancelledSchema = z
  .object({ operation: OperationSchema, iteration: IterationSchema })
  .openapi("IterationCancelled", {
    example: { operation: exampleOperation, iteration: exampleIteration },
  });

function metricsView(metrics: IterationMetrics): z.infer<typeof IterationMetricsSchema> {
  return {
    proposed: metrics.proposed,
    wellFormed: metrics.wellFormed,
    distinct: metrics.distinct,
    kept: metrics.kept,
    shareHistogram: [...metrics.shareHistogram],
    meanMajorityShare: metrics.meanMajorityShare,
    clustered: metrics.clustered,
    clusters: metrics.clusters,
    distinctBigrams: metrics.distinctBigrams,
    labelAccuracy: metrics.labelAccuracy,
    labels: metrics.labels ?? null,
    looks: metrics.looks ?? null,
    evaluation: evaluationView(metrics.evaluation),
    signals: metrics.signals ?? null,
    collapseRisk: metrics.collapseRisk ?? null,
    sinceBase: metrics.sinceBase ?? null,
    sinceLast: metrics.sinceLast ?? null,
  };
}

export function iterationView(iteration: Iteration): z.infer<typeof IterationSchema> {
  return {
    id: iteration.id,
    runId: iteration.runId,
    number: iteration.number,
    state: iteration.state,
    summary: iterationSummary(iteration),
    operationId: iteration.operationId,
    createdAt: iteration.createdAt,
    startedAt: iteration.startedAt,
    finishedAt: iteration.finishedAt,
    seconds: iteration.seconds,
    challengerFrom: iteration.challengerFrom,
    challengerTo: iteration.challengerTo,
    solverFrom: iteration.solverFrom,
    solverTo: iteration.solverTo,
    metrics: iteration.metrics === null ? null : metricsView(iteration.metrics),
    gate: iteration.gate === null ? null : gateView(iteration.gate),
    error: iteration.error,
  };
}
