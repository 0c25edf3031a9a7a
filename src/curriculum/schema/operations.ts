/** Jobs and what happened in them. */
import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EventType, Failure, JobState, OperationKind, OperationProgress } from "../../records/records.ts";
import { atLeast, ENDED_STATES, hasPrefix, isJson, isTime, json, OPERATION_STATES, oneOf } from "./columns.ts";
import { runs } from "./runs.ts";

const OPERATION_KINDS = [
  "iterations",
  "questions",
  "solutions",
  "training-step",
  "evaluations",
  "backup",
] as const satisfies OperationKind[];

export const EVENT_TYPES = [
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

export const operations = sqliteTable(
  "operations",
  {
    id: text("id").primaryKey(),
    kind: text("kind").$type<OperationKind>().notNull(),
    state: text("state").$type<JobState>().notNull(),
    runId: text("run_id").references(() => runs.id, { onDelete: "cascade" }),
    resources: json<string[]>("resources").notNull(),
    request: json<unknown>("request").notNull(),
    result: json<unknown>("result"),
    error: json<Failure>("error"),
    progress: json<OperationProgress>("progress"),
    createdAt: text("created_at").notNull(),
    startedAt: text("started_at"),
    finishedAt: text("finished_at"),
  },
  (operation) => [
    index("operations_run").on(operation.runId, operation.id),
    index("operations_unfinished").on(operation.id).where(sql`state in ('queued', 'running', 'paused')`),
    check("operations_id_prefix", hasPrefix(operation.id, "op")),
    check("operations_kind_known", oneOf(operation.kind, OPERATION_KINDS)),
    check("operations_state_known", oneOf(operation.state, OPERATION_STATES)),
    check("operations_resources_json", isJson(operation.resources, "array")),
    check("operations_request_json", sql`json_valid(${operation.request})`),
    check("operations_result_json", sql`json_valid(${operation.result})`),
    check("operations_error_json", isJson(operation.error, "object")),
    check("operations_progress_json", isJson(operation.progress, "object")),
    check("operations_created_at_time", isTime(operation.createdAt)),
    check("operations_ended", sql`(${oneOf(operation.state, ENDED_STATES)}) = (${operation.finishedAt} is not null)`),
    check("operations_failure_named", sql`(${operation.state} = 'failed') = (${operation.error} is not null)`),
  ],
);

export const events = sqliteTable(
  "events",
  {
    operationId: text("operation_id")
      .notNull()
      .references(() => operations.id, { onDelete: "cascade" }),
    sequence: integer("sequence").notNull(),
    type: text("type").$type<EventType>().notNull(),
    data: json<Record<string, unknown>>("data").notNull(),
    createdAt: text("created_at").notNull(),
  },
  (event) => [
    primaryKey({ columns: [event.operationId, event.sequence] }),
    check("events_sequence_range", atLeast(event.sequence, 1)),
    check("events_type_known", oneOf(event.type, EVENT_TYPES)),
    check("events_data_json", isJson(event.data, "object")),
    check("events_created_at_time", isTime(event.createdAt)),
  ],
);
