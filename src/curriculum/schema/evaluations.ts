/** Evaluations on benchmarks, question by question, and what a judge has said before. */
import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { BenchmarkSummary, EvaluationSettings, GradedAnswer } from "../../records/evaluations.ts";
import type { Failure, JobState } from "../../records/records.ts";
import { atLeast, ENDED_STATES, hasPrefix, isJson, isTime, JOB_STATES, json, numbersJson, oneOf } from "./columns.ts";
import { operations } from "./operations.ts";
import { runs } from "./runs.ts";

export const benchmarkEvaluations = sqliteTable(
  "benchmark_evaluations",
  {
    id: text("id").primaryKey(),
    operationId: text("operation_id")
      .notNull()
      .references(() => operations.id, { onDelete: "cascade" }),
    runId: text("run_id").references(() => runs.id, { onDelete: "cascade" }),
    benchmark: text("benchmark").notNull(),
    model: text("model").notNull(),
    weights: text("weights").notNull(),
    seed: integer("seed").notNull(),
    settings: json<EvaluationSettings>("settings").notNull(),
    itemsDigest: text("items_digest"),
    items: integer("items"),
    state: text("state").$type<JobState>().notNull(),
    summary: numbersJson<BenchmarkSummary>("summary"),
    error: json<Failure>("error"),
    createdAt: text("created_at").notNull(),
    startedAt: text("started_at"),
    finishedAt: text("finished_at"),
  },
  (evaluation) => [
    index("benchmark_evaluations_operation").on(evaluation.operationId),
    index("benchmark_evaluations_run").on(evaluation.runId, evaluation.id),
    index("benchmark_evaluations_benchmark").on(evaluation.benchmark, evaluation.id),
    check("benchmark_evaluations_id_prefix", hasPrefix(evaluation.id, "eval")),
    check("benchmark_evaluations_state_known", oneOf(evaluation.state, JOB_STATES)),
    check("benchmark_evaluations_settings_json", isJson(evaluation.settings, "object")),
    check("benchmark_evaluations_items_range", atLeast(evaluation.items, 0)),
    check("benchmark_evaluations_summary_json", isJson(evaluation.summary, "object")),
    check("benchmark_evaluations_error_json", isJson(evaluation.error, "object")),
    check("benchmark_evaluations_created_at_time", isTime(evaluation.createdAt)),
    check(
      "benchmark_evaluations_ended",
      sql`(${oneOf(evaluation.state, ENDED_STATES)}) = (${evaluation.finishedAt} is not null)`,
    ),
  ],
);

export const evaluationResults = sqliteTable(
  "evaluation_results",
  {
    evaluationId: text("evaluation_id")
      .notNull()
      .references(() => benchmarkEvaluations.id, { onDelete: "cascade" }),
    position: integer("position").notNull(),
    itemId: text("item_id").notNull(),
    question: text("question").notNull(),
    reference: text("reference").notNull(),
    skill: text("skill").notNull(),
    samples: json<readonly GradedAnswer[]>("samples").notNull(),
    greedy: json<GradedAnswer>("greedy"),
    majority: json<{ answer: string | null; correct: boolean }>("majority"),
    // Counts over samples and greedy, for filters.
    answers: integer("answers").notNull(),
    right: integer("right").notNull(),
    truncated: integer("truncated").notNull(),
    unparsed: integer("unparsed").notNull(),
    ungraded: integer("ungraded").notNull(),
    disputed: integer("disputed").notNull(),
  },
  (result) => [
    primaryKey({ columns: [result.evaluationId, result.position] }),
    check("evaluation_results_position_range", atLeast(result.position, 0)),
    check("evaluation_results_samples_json", isJson(result.samples, "array")),
    check("evaluation_results_greedy_json", isJson(result.greedy, "object")),
    check("evaluation_results_majority_json", isJson(result.majority, "object")),
    check("evaluation_results_right_range", sql`${result.right} between 0 and ${result.answers}`),
  ],
);

/** Of cases that are the same in every word that was asked: see evaluation/judge.ts. */
export const judgeVerdicts = sqliteTable(
  "judge_verdicts",
  {
    key: text("key").primaryKey(),
    equivalent: integer("equivalent", { mode: "boolean" }).notNull(),
    // Null where the judge gives none.
    score: real("score"),
    reasons: json<readonly string[]>("reasons"),
    createdAt: text("created_at").notNull(),
  },
  (row) => [
    check("judge_verdicts_key_length", sql`length(${row.key}) = 64`),
    check("judge_verdicts_equivalent_boolean", sql`${row.equivalent} in (0, 1)`),
    check("judge_verdicts_score_range", sql`${row.score} between 0 and 1`),
    check("judge_verdicts_reasons_json", isJson(row.reasons, "array")),
    check("judge_verdicts_created_at_time", isTime(row.createdAt)),
  ],
);
