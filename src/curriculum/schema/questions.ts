/** Questions, the Solver's votes on them, and every completion that was sampled. */
import { sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  blob,
  check,
  index,
  integer,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Verification } from "../../records/evaluator.ts";
import type {
  Decomposition,
  PhaseKind,
  Question,
  QuestionState,
  Role,
  Rollout,
  VoteGroup,
} from "../../records/records.ts";
import {
  atLeast,
  between,
  hasPrefix,
  isJson,
  isTime,
  json,
  numbersJson,
  oneOf,
  PHASE_KINDS,
  ROLES,
} from "./columns.ts";
import { iterations, steps } from "./iterations.ts";
import { runs } from "./runs.ts";

const QUESTION_STATES = [
  "proposed",
  "malformed",
  "duplicate",
  "outside-band",
  "disputed",
  "vetoed",
  "unverified",
  "kept",
] as const satisfies QuestionState[];

export const questions = sqliteTable(
  "questions",
  {
    id: text("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    iterationId: text("iteration_id").references(() => iterations.id, { onDelete: "cascade" }),
    phaseKind: text("phase_kind").$type<PhaseKind>(),
    source: text("source").$type<Question["source"]>().notNull(),
    state: text("state").$type<QuestionState>().notNull(),
    text: text("text").notNull(),
    proposedAnswer: text("proposed_answer"),
    rolloutId: text("rollout_id").references((): AnySQLiteColumn => rollouts.id, { onDelete: "set null" }),
    pseudoLabel: text("pseudo_label"),
    majorityShare: real("majority_share"),
    labelCorrect: integer("label_correct", { mode: "boolean" }),
    createdAt: text("created_at").notNull(),
    verification: json<Verification>("verification"),
    decomposition: json<Decomposition>("decomposition"),
  },
  (question) => [
    index("questions_run").on(question.runId, question.id),
    index("questions_run_state").on(question.runId, question.state, question.id),
    index("questions_iteration").on(question.iterationId, question.id),
    index("questions_rollout").on(question.rolloutId).where(sql`rollout_id is not null`),
    check("questions_id_prefix", hasPrefix(question.id, "q")),
    check("questions_phase_kind_known", oneOf(question.phaseKind, PHASE_KINDS)),
    check("questions_source_known", oneOf(question.source, ["challenger", "submitted"])),
    check("questions_state_known", oneOf(question.state, QUESTION_STATES)),
    check("questions_share_range", between(question.majorityShare, 0, 1)),
    check("questions_label_correct_boolean", between(question.labelCorrect, 0, 1)),
    check("questions_verification_json", isJson(question.verification, "object")),
    check("questions_decomposition_json", isJson(question.decomposition, "object")),
    check("questions_created_at_time", isTime(question.createdAt)),
  ],
);

export const solutions = sqliteTable(
  "solutions",
  {
    id: text("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    questionId: text("question_id")
      .notNull()
      .references(() => questions.id, { onDelete: "cascade" }),
    samples: integer("samples").notNull(),
    withoutAnswer: integer("without_answer").notNull(),
    groups: json<readonly VoteGroup[]>("groups").notNull(),
    pseudoLabel: text("pseudo_label"),
    majorityShare: real("majority_share").notNull(),
    weights: text("weights").notNull(),
    policyVersion: integer("policy_version").notNull(),
    createdAt: text("created_at").notNull(),
    gradingErrors: json<Readonly<Record<string, number>>>("grading_errors"),
  },
  (solution) => [
    index("solutions_run").on(solution.runId, solution.id),
    index("solutions_question").on(solution.questionId, solution.id),
    check("solutions_id_prefix", hasPrefix(solution.id, "sol")),
    check("solutions_samples_range", atLeast(solution.samples, 1)),
    check("solutions_without_answer_range", sql`${solution.withoutAnswer} between 0 and ${solution.samples}`),
    check("solutions_groups_json", isJson(solution.groups, "array")),
    check("solutions_share_range", between(solution.majorityShare, 0, 1)),
    check("solutions_version_range", atLeast(solution.policyVersion, 0)),
    check("solutions_created_at_time", isTime(solution.createdAt)),
  ],
);

/**
 * Everything besides the seed that determined a completion. Rollouts share it (all of a group, all of a Challenger
 * phase's step), so the prompt and the digest are stored once and not thirty thousand times.
 */
export const samplingContexts = sqliteTable(
  "sampling_contexts",
  {
    id: integer("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    role: text("role").$type<Role>().notNull(),
    weights: text("weights").notNull(),
    policyVersion: integer("policy_version").notNull(),
    temperature: real("temperature").notNull(),
    prompt: text("prompt").notNull(),
    promptTokenIds: blob("prompt_token_ids", { mode: "buffer" }).notNull(),
    // SHA-256 of the columns above: what is the same is stored once.
    digest: blob("digest", { mode: "buffer" }).notNull(),
  },
  (context) => [
    uniqueIndex("sampling_contexts_digest").on(context.runId, context.digest),
    check("sampling_contexts_role_known", oneOf(context.role, ROLES)),
    check("sampling_contexts_temperature_range", atLeast(context.temperature, 0)),
    check("sampling_contexts_version_range", atLeast(context.policyVersion, 0)),
    check("sampling_contexts_digest_length", sql`length(${context.digest}) = 32`),
  ],
);

export const rollouts = sqliteTable(
  "rollouts",
  {
    id: text("id").primaryKey(),
    contextId: integer("context_id")
      .notNull()
      .references(() => samplingContexts.id, { onDelete: "cascade" }),
    questionId: text("question_id").references((): AnySQLiteColumn => questions.id, { onDelete: "cascade" }),
    solutionId: text("solution_id").references(() => solutions.id, { onDelete: "cascade" }),
    stepId: text("step_id").references(() => steps.id, { onDelete: "cascade" }),
    group: integer("group_number").notNull(),
    sample: integer("sample").notNull(),
    seed: integer("seed").notNull(),
    text: text("text").notNull(),
    // Token ids and both log-probability arrays: rollout-trace.ts.
    trace: blob("trace", { mode: "buffer" }).notNull(),
    finishReason: text("finish_reason").$type<Rollout["finishReason"]>().notNull(),
    answer: text("answer"),
    reward: real("reward"),
    rewardParts: numbersJson<Record<string, number>>("reward_parts"),
    advantage: real("advantage"),
    createdAt: text("created_at").notNull(),
    verdict: text("verdict"),
  },
  (rollout) => [
    index("rollouts_context").on(rollout.contextId),
    index("rollouts_question").on(rollout.questionId).where(sql`question_id is not null`),
    index("rollouts_solution").on(rollout.solutionId).where(sql`solution_id is not null`),
    index("rollouts_step").on(rollout.stepId).where(sql`step_id is not null`),
    check("rollouts_id_prefix", hasPrefix(rollout.id, "roll")),
    check("rollouts_group_range", atLeast(rollout.group, 0)),
    check("rollouts_sample_range", atLeast(rollout.sample, 0)),
    check("rollouts_seed_range", between(rollout.seed, 0, 2 ** 32 - 1)),
    check("rollouts_finish_reason_known", oneOf(rollout.finishReason, ["stop", "length"])),
    check("rollouts_reward_parts_json", isJson(rollout.rewardParts, "object")),
    check("rollouts_created_at_time", isTime(rollout.createdAt)),
  ],
);
