/** External evaluators, and every batch that was sent to one, with the attempts and the verdicts. */
import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EvaluatorAttempt, EvaluatorError, EvaluatorKind, EvaluatorVerdict } from "../../records/evaluator.ts";
import type { SigningSecret } from "../../records/signing-secret.ts";
import { atLeast, hasPrefix, isJson, isTime, json, oneOf } from "./columns.ts";
import { runs } from "./runs.ts";

const KINDS = ["grader", "verifier", "judge", "gate"] as const satisfies EvaluatorKind[];

export const evaluators = sqliteTable(
  "evaluators",
  {
    id: text("id").primaryKey(),
    kind: text("kind").$type<EvaluatorKind>().notNull(),
    url: text("url").notNull(),
    version: integer("version").notNull(),
    description: text("description").notNull(),
    deadlineMs: integer("deadline_ms").notNull(),
    batchSize: integer("batch_size").notNull(),
    maxConcurrent: integer("max_concurrent").notNull(),
    attempts: integer("attempts").notNull(),
    // In clear: they sign, so hashes would not do. Never part of the record; the newest first.
    secrets: json<readonly SigningSecret[]>("secrets").notNull(),
    createdAt: text("created_at").notNull(),
  },
  (evaluator) => [
    check("evaluators_id_prefix", hasPrefix(evaluator.id, "evr")),
    check("evaluators_kind_known", oneOf(evaluator.kind, KINDS)),
    check("evaluators_version_range", atLeast(evaluator.version, 1)),
    check("evaluators_secrets_json", isJson(evaluator.secrets, "array")),
    check("evaluators_deadline_range", atLeast(evaluator.deadlineMs, 1)),
    check("evaluators_batch_size_range", atLeast(evaluator.batchSize, 1)),
    check("evaluators_max_concurrent_range", atLeast(evaluator.maxConcurrent, 1)),
    check("evaluators_attempts_range", atLeast(evaluator.attempts, 1)),
    check("evaluators_created_at_time", isTime(evaluator.createdAt)),
  ],
);

export const evaluatorCalls = sqliteTable(
  "evaluator_calls",
  {
    id: text("id").primaryKey(),
    // Not a foreign key: what was judged stays judged when the evaluator goes.
    evaluatorId: text("evaluator_id").notNull(),
    evaluatorVersion: integer("evaluator_version").notNull(),
    kind: text("kind").$type<EvaluatorKind>().notNull(),
    runId: text("run_id").references(() => runs.id, { onDelete: "cascade" }),
    // An id, not a foreign key: iterations never go alone.
    iterationId: text("iteration_id"),
    body: text("body").notNull(),
    digest: text("digest").notNull(),
    attempts: json<readonly EvaluatorAttempt[]>("attempts").notNull(),
    verdicts: json<readonly EvaluatorVerdict[]>("verdicts").notNull(),
    error: json<EvaluatorError>("error"),
    createdAt: text("created_at").notNull(),
    finishedAt: text("finished_at").notNull(),
  },
  (call) => [
    index("evaluator_calls_evaluator").on(call.evaluatorId, call.id),
    index("evaluator_calls_run").on(call.runId, call.id).where(sql`run_id is not null`),
    index("evaluator_calls_answered").on(call.digest).where(sql`error is null`),
    check("evaluator_calls_id_prefix", hasPrefix(call.id, "call")),
    check("evaluator_calls_version_range", atLeast(call.evaluatorVersion, 1)),
    check("evaluator_calls_kind_known", oneOf(call.kind, KINDS)),
    check("evaluator_calls_body_json", sql`json_valid(${call.body})`),
    check("evaluator_calls_attempts_json", isJson(call.attempts, "array")),
    check("evaluator_calls_verdicts_json", isJson(call.verdicts, "array")),
    check("evaluator_calls_error_json", isJson(call.error, "object")),
    check("evaluator_calls_created_at_time", isTime(call.createdAt)),
    check("evaluator_calls_finished_at_time", isTime(call.finishedAt)),
  ],
);
