/** The loop as it ran: iterations, their phases, and the optimiser steps in them. */
import { sql } from "drizzle-orm";
import { check, index, integer, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { GateDecision } from "../../records/evaluator.ts";
import type { Failure, IterationMetrics, JobState, PhaseKind, Role, StepMetrics } from "../../records/records.ts";
import {
  atLeast,
  ENDED_STATES,
  hasPrefix,
  isJson,
  isTime,
  JOB_STATES,
  json,
  numbersJson,
  oneOf,
  PHASE_KINDS,
  ROLES,
} from "./columns.ts";
import { operations } from "./operations.ts";
import { runs } from "./runs.ts";

export const iterations = sqliteTable(
  "iterations",
  {
    id: text("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    state: text("state").$type<JobState>().notNull(),
    operationId: text("operation_id")
      .notNull()
      .references(() => operations.id),
    createdAt: text("created_at").notNull(),
    startedAt: text("started_at"),
    finishedAt: text("finished_at"),
    seconds: real("seconds"),
    // Lineage, like a checkpoint's parents: ids that outlive a pruned checkpoint.
    challengerFrom: text("challenger_from"),
    challengerTo: text("challenger_to"),
    solverFrom: text("solver_from"),
    solverTo: text("solver_to"),
    metrics: numbersJson<IterationMetrics>("metrics"),
    error: json<Failure>("error"),
    gate: json<GateDecision>("gate"),
  },
  (iteration) => [
    uniqueIndex("iterations_run_number").on(iteration.runId, iteration.number),
    index("iterations_run").on(iteration.runId, iteration.id),
    index("iterations_operation").on(iteration.operationId),
    check("iterations_id_prefix", hasPrefix(iteration.id, "iter")),
    check("iterations_number_range", atLeast(iteration.number, 1)),
    check("iterations_state_known", oneOf(iteration.state, JOB_STATES)),
    check("iterations_seconds_range", atLeast(iteration.seconds, 0)),
    check("iterations_metrics_json", isJson(iteration.metrics, "object")),
    check("iterations_error_json", isJson(iteration.error, "object")),
    check("iterations_created_at_time", isTime(iteration.createdAt)),
    check("iterations_ended", sql`(${oneOf(iteration.state, ENDED_STATES)}) = (${iteration.finishedAt} is not null)`),
  ],
);

export const phases = sqliteTable(
  "phases",
  {
    id: text("id").primaryKey(),
    iterationId: text("iteration_id")
      .notNull()
      .references(() => iterations.id, { onDelete: "cascade" }),
    kind: text("kind").$type<PhaseKind>().notNull(),
    state: text("state").$type<JobState>().notNull(),
    startedAt: text("started_at").notNull(),
    finishedAt: text("finished_at"),
  },
  (phase) => [
    index("phases_iteration").on(phase.iterationId, phase.id),
    check("phases_id_prefix", hasPrefix(phase.id, "phase")),
    check("phases_kind_known", oneOf(phase.kind, PHASE_KINDS)),
    check("phases_state_known", oneOf(phase.state, JOB_STATES)),
    check("phases_started_at_time", isTime(phase.startedAt)),
    check("phases_ended", sql`(${oneOf(phase.state, ENDED_STATES)}) = (${phase.finishedAt} is not null)`),
  ],
);

export const steps = sqliteTable(
  "steps",
  {
    id: text("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    iterationId: text("iteration_id").references(() => iterations.id, { onDelete: "cascade" }),
    phaseId: text("phase_id").references(() => phases.id, { onDelete: "cascade" }),
    operationId: text("operation_id").references(() => operations.id, { onDelete: "set null" }),
    role: text("role").$type<Role>().notNull(),
    number: integer("number").notNull(),
    policyVersion: integer("policy_version").notNull(),
    weightsBefore: text("weights_before").notNull(),
    weightsAfter: text("weights_after").notNull(),
    skipped: text("skipped"),
    metrics: numbersJson<StepMetrics>("metrics").notNull(),
    createdAt: text("created_at").notNull(),
    seconds: real("seconds").notNull(),
  },
  (step) => [
    index("steps_run").on(step.runId, step.id),
    index("steps_iteration").on(step.iterationId, step.id),
    // A step that is done twice after a crash must not be counted twice.
    uniqueIndex("steps_phase_number").on(step.phaseId, step.number),
    index("steps_operation").on(step.operationId),
    check("steps_id_prefix", hasPrefix(step.id, "step")),
    check("steps_role_known", oneOf(step.role, ROLES)),
    check("steps_number_range", atLeast(step.number, 1)),
    check("steps_version_range", atLeast(step.policyVersion, 0)),
    check("steps_seconds_range", atLeast(step.seconds, 0)),
    check("steps_metrics_json", isJson(step.metrics, "object")),
    check("steps_created_at_time", isTime(step.createdAt)),
  ],
);
