/** Runs and the checkpoints they stand on. One file, because each refers to the other. */
import { sql } from "drizzle-orm";
import { type AnySQLiteColumn, check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EvaluationSummary } from "../../records/records.ts";
import type { RunConfig } from "../../rzero/run-config.ts";
import { atLeast, hasPrefix, isJson, isTime, json, numbersJson, oneOf, ROLES } from "./columns.ts";

const CHECKPOINT_ROLES = [...ROLES, "base"] as const;

export const runs = sqliteTable(
  "runs",
  {
    id: text("id").primaryKey(),
    createdAt: text("created_at").notNull(),
    model: text("model").notNull(),
    domain: text("domain").notNull(),
    preset: text("preset").notNull(),
    seed: integer("seed").notNull(),
    labels: json<Record<string, string>>("labels").notNull(),
    config: json<RunConfig>("config").notNull(),
    // No action on delete: a checkpoint that a run stands on cannot go, unless the run goes in the same statement.
    challengerCheckpointId: text("challenger_checkpoint_id")
      .notNull()
      .references((): AnySQLiteColumn => checkpoints.id),
    solverCheckpointId: text("solver_checkpoint_id")
      .notNull()
      .references((): AnySQLiteColumn => checkpoints.id),
    baseEvaluation: numbersJson<EvaluationSummary>("base_evaluation"),
    // Set while a deletion works through the run's rows in pieces; such a run is not shown any more.
    deletedAt: text("deleted_at"),
    // NULL until an iteration was judged. Not a foreign key, which ALTER TABLE cannot add; checkpoints-repository.ts keeps it.
    bestCheckpointId: text("best_checkpoint_id"),
    // Why the run ended of itself; NULL while it may go on.
    stopReason: text("stop_reason"),
  },
  (run) => [
    index("runs_challenger_checkpoint").on(run.challengerCheckpointId),
    index("runs_solver_checkpoint").on(run.solverCheckpointId),
    index("runs_best_checkpoint").on(run.bestCheckpointId),
    check("runs_id_prefix", hasPrefix(run.id, "run")),
    check("runs_created_at_time", isTime(run.createdAt)),
    check("runs_labels_json", isJson(run.labels, "object")),
    check("runs_config_json", isJson(run.config, "object")),
    check("runs_base_evaluation_json", isJson(run.baseEvaluation, "object")),
  ],
);

export const checkpoints = sqliteTable(
  "checkpoints",
  {
    id: text("id").primaryKey(),
    runId: text("run_id").references((): AnySQLiteColumn => runs.id, { onDelete: "cascade" }),
    // An id, not a foreign key: provenance, and iterations (which name checkpoints too) never go alone.
    iterationId: text("iteration_id"),
    role: text("role").$type<(typeof CHECKPOINT_ROLES)[number]>().notNull(),
    model: text("model").notNull(),
    digest: text("digest").notNull(),
    policyVersion: integer("policy_version").notNull(),
    // Ids, not foreign keys: lineage outlives a parent that was pruned.
    parents: json<string[]>("parents").notNull(),
    directory: text("directory").notNull(),
    bytes: integer("bytes").notNull(),
    metrics: numbersJson<Record<string, number>>("metrics").notNull(),
    pinned: integer("pinned", { mode: "boolean" }).notNull().default(false),
    prunedAt: text("pruned_at"),
    createdAt: text("created_at").notNull(),
  },
  (checkpoint) => [
    index("checkpoints_run_role").on(checkpoint.runId, checkpoint.role, checkpoint.id),
    index("checkpoints_role").on(checkpoint.role, checkpoint.id),
    index("checkpoints_digest").on(checkpoint.digest),
    check("checkpoints_id_prefix", hasPrefix(checkpoint.id, "ckpt")),
    check("checkpoints_role_known", oneOf(checkpoint.role, CHECKPOINT_ROLES)),
    check("checkpoints_version_range", atLeast(checkpoint.policyVersion, 0)),
    check("checkpoints_bytes_range", atLeast(checkpoint.bytes, 0)),
    check("checkpoints_parents_json", isJson(checkpoint.parents, "array")),
    check("checkpoints_metrics_json", isJson(checkpoint.metrics, "object")),
    check("checkpoints_created_at_time", isTime(checkpoint.createdAt)),
    check("checkpoints_pinned_boolean", sql`${checkpoint.pinned} in (0, 1)`),
    check("checkpoints_pruned_at_time", isTime(checkpoint.prunedAt)),
    // The base's files are not ours to remove, and what is pinned is kept.
    check(
      "checkpoints_prunable",
      sql`${checkpoint.prunedAt} is null or (${checkpoint.pinned} = 0 and ${checkpoint.role} <> 'base')`,
    ),
  ],
);
