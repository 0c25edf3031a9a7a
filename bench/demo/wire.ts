/** What the service sends, as its own contract types it: nothing here can drift from openapi.yaml. Types only. */
import type { z } from "@hono/zod-openapi";
import type {
  IterationPageSchema,
  IterationSchema,
  IterationsStartedSchema,
} from "../../routes/iterations/iteration-schema.ts";
import type { ModelListSchema, ModelSchema } from "../../routes/models/model-schema.ts";
import type { OperationEventSchema, OperationSchema } from "../../routes/operations/operation-schema.ts";
import type { QuestionPageSchema, QuestionSchema } from "../../routes/questions/question-schema.ts";
import type { EvaluationSummarySchema, RunSchema } from "../../routes/runs/run-schema.ts";
import type { ReadinessSchema } from "../../routes/service/service-schema.ts";
import type { SolutionPageSchema, SolutionSchema } from "../../routes/solutions/solution-schema.ts";
import type { StepListSchema, TrainingStepSchema } from "../../routes/training-steps/training-step-schema.ts";
import type { ProblemSchema } from "../../routes/wire/problem-schema.ts";

export type WireRun = z.infer<typeof RunSchema>;
export type WireEvaluation = z.infer<typeof EvaluationSummarySchema>;
export type WireIteration = z.infer<typeof IterationSchema>;
export type WireIterationPage = z.infer<typeof IterationPageSchema>;
export type WireIterationsStarted = z.infer<typeof IterationsStartedSchema>;
export type WireOperation = z.infer<typeof OperationSchema>;
export type WireEvent = z.infer<typeof OperationEventSchema>;
export type WireStep = z.infer<typeof TrainingStepSchema>;
export type WireStepList = z.infer<typeof StepListSchema>;
export type WireQuestion = z.infer<typeof QuestionSchema>;
export type WireQuestionPage = z.infer<typeof QuestionPageSchema>;
export type WireSolution = z.infer<typeof SolutionSchema>;
export type WireSolutionPage = z.infer<typeof SolutionPageSchema>;
export type WireModel = z.infer<typeof ModelSchema>;
export type WireModelList = z.infer<typeof ModelListSchema>;
export type WireReadiness = z.infer<typeof ReadinessSchema>;
export type WireProblem = z.infer<typeof ProblemSchema>;
