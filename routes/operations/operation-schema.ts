/** Operations (every job) and their events on the wire. */
import { z } from "@hono/zod-openapi";
import type { EventType, Operation, OperationEvent, OperationKind } from "../../src/records/records.ts";
import { JobFailureSchema, JobStateSchema, nullable, PhaseKindSchema, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

const kinds = [
  "iterations",
  "questions",
  "solutions",
  "training-step",
  "evaluations",
  "backup",
] as const satisfies OperationKind[];

export const OperationKindSchema = z.enum(kinds).openapi("OperationKind", { example: "iterations" });

const eventTypes = [
  "operation.queued",
  "operation.started",
  "operation.resumed",
  "operation.paused",
  "iteration.started",
  "phase.started",
  "step.completed",
  "progress",
  "phase.completed",
  "iteration.completed",
  "operation.completed",
  "operation.failed",
  "operation.cancelled",
] as const satisfies EventType[];

export const EventTypeSchema = z.enum(eventTypes).openapi("EventType", { example: "step.completed" });

const exampleProgress = {
  iteration: 1,
  iterations: 3,
  phase: "solver" as const,
  step: 4,
  steps: 15,
  fraction: 0.21,
  secondsLeft: 72,
  reward: 0.62,
  tokensPerSecond: 18600,
};

export const OperationProgressSchema = z
  .object({
    iteration: z.number().int().nullable(),
    iterations: z.number().int().nullable(),
    phase: nullable(PhaseKindSchema),
    step: z.number().int().nullable(),
    steps: z.number().int().nullable(),
    fraction: z.number().openapi({ description: "0 to 1, of the whole operation." }),
    secondsLeft: z.number().nullable(),
    reward: z.number().nullable(),
    tokensPerSecond: z.number().nullable(),
  })
  .openapi("OperationProgress", { example: exampleProgress });

export const exampleOperation = {
  id: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8",
  kind: "iterations" as const,
  state: "running" as const,
  runId: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
  resources: ["iter_01JZX3T5N8Q4W2E6R7T9Y1V3B9"],
  request: { run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5", count: 1 },
  result: null,
  error: null,
  progress: exampleProgress,
  queuePosition: 0,
  createdAt: "2026-08-22T09:30:00.000Z",
  startedAt: "2026-08-22T09:30:00.120Z",
  finishedAt: null,
};

export const OperationSchema = z
  .object({
    id: z.string(),
    kind: OperationKindSchema,
    state: JobStateSchema,
    runId: z.string().nullable(),
    resources: z.array(z.string()).openapi({ description: "Ids of what it makes, e.g. the iterations." }),
    request: z.unknown().openapi({ description: "The request that started it." }),
    result: z.unknown().openapi({ description: "null until it completed." }),
    error: nullable(JobFailureSchema),
    progress: nullable(OperationProgressSchema),
    queuePosition: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "0: next or running; null when paused or ended." }),
    createdAt: TimestampSchema,
    startedAt: nullable(TimestampSchema),
    finishedAt: nullable(TimestampSchema),
  })
  .openapi("Operation", { example: exampleOperation });

export const OperationPageSchema = pageSchema("OperationPage", OperationSchema, exampleOperation);

const exampleEvent = {
  operationId: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8",
  sequence: 12,
  type: "step.completed" as const,
  data: { role: "solver", number: 4, reward: 0.62 },
  createdAt: "2026-08-22T09:30:05.300Z",
};

export const OperationEventSchema = z
  .object({
    operationId: z.string(),
    sequence: z.number().int().openapi({ description: "Rises by one within the operation; the SSE id." }),
    type: EventTypeSchema,
    data: z.record(z.string(), z.unknown()),
    createdAt: TimestampSchema,
  })
  .openapi("OperationEvent", { example: exampleEvent });

export const OperationEventPageSchema = pageSchema("OperationEventPage", OperationEventSchema, exampleEvent);

export const OperationEventFrameSchema = z
  .object({
    id: z.string().openapi({ description: "The event's sequence; send it back as Last-Event-ID." }),
    event: EventTypeSchema,
    // The two content keywords are JSON Schema 2020-12; the library's metadata type knows only 3.0's.
    data: z.string().openapi({
      description: "The OperationEvent as JSON.",
      contentMediaType: "application/json",
      contentSchema: { $ref: "#/components/schemas/OperationEvent" },
    } as { description: string }),
  })
  .openapi("OperationEventFrame", {
    description: "One server-sent event. Comments (heartbeats) may come between them.",
    example: { id: "12", event: "step.completed", data: JSON.stringify(exampleEvent) },
  });

export function operationView(operation: Operation): z.infer<typeof OperationSchema> {
  return {
    id: operation.id,
    kind: operation.kind,
    state: operation.state,
    runId: operation.runId,
    resources: [...operation.resources],
    request: operation.request,
    result: operation.result,
    error: operation.error,
    progress: operation.progress,
    queuePosition: operation.queuePosition,
    createdAt: operation.createdAt,
    startedAt: operation.startedAt,
    finishedAt: operation.finishedAt,
  };
}

export function eventView(event: OperationEvent): z.infer<typeof OperationEventSchema> {
  const { operationId, sequence, type, data, createdAt } = event;
  return { operationId, sequence, type, data: { ...data }, createdAt };
}
