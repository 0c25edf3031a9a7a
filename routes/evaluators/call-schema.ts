/** Calls of evaluators on the wire. */
import { z } from "@hono/zod-openapi";
import type { EvaluatorCall } from "../../src/records/evaluator.ts";
import { nullable, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";
import { EvaluatorKindSchema } from "./evaluator-schema.ts";
import { EvaluatorErrorSchema, EvaluatorVerdictSchema } from "./verdict-schema.ts";

const exampleAttempt = {
  startedAt: "2026-08-22T09:30:10.000Z",
  milliseconds: 120,
  outcome: "json",
  status: 200,
  message: "answered 200 in 120 ms",
};
const exampleCall = {
  id: "call_01JZX3T5N8Q4W2E6R7T9Y1V3K2",
  evaluatorId: "evr_01JZX3T5N8Q4W2E6R7T9Y1V3K1",
  evaluatorVersion: 1,
  kind: "judge" as const,
  runId: null,
  iterationId: null,
  body: '{"type":"evaluator.judge","items":[{"id":"0","question":"12+18-2","reference":"28","answer":"28"}]}',
  attempts: [exampleAttempt],
  verdicts: [{ verdict: "accept" as const, score: 1, reasons: ["12+18-2 is 28"] }],
  error: null,
  createdAt: "2026-08-22T09:30:10.000Z",
  finishedAt: "2026-08-22T09:30:10.120Z",
};

export const EvaluatorAttemptSchema = z
  .object({
    startedAt: TimestampSchema,
    milliseconds: z.number().int(),
    outcome: z.string().openapi({ description: "How it ended: json, not-json, bad-status, timed-out, ..." }),
    status: z.number().int().nullable(),
    message: z.string(),
  })
  .openapi("EvaluatorAttempt", { example: exampleAttempt });

export const EvaluatorCallSchema = z
  .object({
    id: z.string().openapi({ description: "The `webhook-id` of every attempt." }),
    evaluatorId: z.string(),
    evaluatorVersion: z.number().int(),
    kind: EvaluatorKindSchema,
    runId: z.string().nullable(),
    iterationId: z.string().nullable(),
    body: z.string().openapi({ description: "JSON, exactly as it was sent and signed." }),
    attempts: z.array(EvaluatorAttemptSchema),
    verdicts: z.array(EvaluatorVerdictSchema).openapi({ description: "In the order of the items; empty on an error." }),
    error: nullable(EvaluatorErrorSchema),
    createdAt: TimestampSchema,
    finishedAt: TimestampSchema,
  })
  .openapi("EvaluatorCall", { description: "One batch sent to one evaluator.", example: exampleCall });

export const EvaluatorCallPageSchema = pageSchema("EvaluatorCallPage", EvaluatorCallSchema, exampleCall);

export function callView(call: EvaluatorCall): z.infer<typeof EvaluatorCallSchema> {
  return {
    id: call.id,
    evaluatorId: call.evaluatorId,
    evaluatorVersion: call.evaluatorVersion,
    kind: call.kind,
    runId: call.runId,
    iterationId: call.iterationId,
    body: call.body,
    attempts: call.attempts.map((attempt) => ({ ...attempt })),
    verdicts: call.verdicts.map((verdict) => ({ ...verdict, reasons: [...verdict.reasons] })),
    error: call.error === null ? null : { ...call.error },
    createdAt: call.createdAt,
    finishedAt: call.finishedAt,
  };
}
