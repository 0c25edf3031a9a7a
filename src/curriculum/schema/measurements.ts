/** What was measured: generic named values, and every item of a held-out evaluation. */
import { sql } from "drizzle-orm";
import { check, index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Role } from "../../records/records.ts";
import { atLeast, hasPrefix, isJson, isTime, json, oneOf, ROLES } from "./columns.ts";
import { iterations, steps } from "./iterations.ts";
import { runs } from "./runs.ts";

export const metrics = sqliteTable(
  "metrics",
  {
    id: integer("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    iterationId: text("iteration_id").references(() => iterations.id, { onDelete: "cascade" }),
    stepId: text("step_id").references(() => steps.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    // NULL is NaN: SQLite has no other way to hold it.
    value: real("value"),
    createdAt: text("created_at").notNull(),
  },
  (metric) => [
    index("metrics_run_name").on(metric.runId, metric.name, metric.id),
    index("metrics_iteration").on(metric.iterationId, metric.id).where(sql`iteration_id is not null`),
    index("metrics_step").on(metric.stepId, metric.id).where(sql`step_id is not null`),
    check("metrics_name_given", sql`length(${metric.name}) > 0`),
    check("metrics_created_at_time", isTime(metric.createdAt)),
  ],
);

export const evaluations = sqliteTable(
  "evaluations",
  {
    id: text("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    iterationId: text("iteration_id").references(() => iterations.id, { onDelete: "cascade" }),
    role: text("role").$type<Role>().notNull(),
    weights: text("weights").notNull(),
    policyVersion: integer("policy_version").notNull(),
    itemId: text("item_id").notNull(),
    question: text("question").notNull(),
    reference: text("reference").notNull(),
    skill: text("skill").notNull(),
    answers: json<readonly (string | null)[]>("answers").notNull(),
    correct: integer("correct").notNull(),
    greedyAnswer: text("greedy_answer"),
    greedyCorrect: integer("greedy_correct", { mode: "boolean" }).notNull(),
    createdAt: text("created_at").notNull(),
  },
  (item) => [
    index("evaluations_run_weights").on(item.runId, item.weights, item.id),
    index("evaluations_iteration").on(item.iterationId, item.id).where(sql`iteration_id is not null`),
    check("evaluations_id_prefix", hasPrefix(item.id, "eval")),
    check("evaluations_role_known", oneOf(item.role, ROLES)),
    check("evaluations_version_range", atLeast(item.policyVersion, 0)),
    check("evaluations_answers_json", isJson(item.answers, "array")),
    check("evaluations_correct_range", sql`${item.correct} between 0 and json_array_length(${item.answers})`),
    check("evaluations_greedy_boolean", sql`${item.greedyCorrect} in (0, 1)`),
    check("evaluations_created_at_time", isTime(item.createdAt)),
  ],
);
