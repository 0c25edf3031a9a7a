/** Evaluations on benchmarks, and their results question by question. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { and, asc, eq, getTableColumns, gt, inArray, max, type SQL, sql } from "drizzle-orm";
import type { Evaluation, EvaluationResult, GradedAnswer, ResultOutcome } from "../records/evaluations.ts";
import type { Failure, JobState, Page, PageRequest } from "../records/records.ts";
import { writeInPieces } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { CurriculumError, constrained, found } from "./curriculum-error.ts";
import { checkTransition, isEnded } from "./job-transitions.ts";
import { equals, MAX_PAGE, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { benchmarkEvaluations, evaluationResults } from "./schema/evaluations.ts";
import { stateOfPart } from "./state-of-part.ts";

export interface BenchmarkEvaluationsRepository {
  insert(evaluation: Evaluation): void;
  find(id: string): Evaluation | null;
  /** Throws `not-found`. */
  get(id: string): Evaluation;
  /** In the order they were made. */
  ofOperation(operationId: string): readonly Evaluation[];
  list(
    page: PageRequest,
    filter: { run?: string; benchmark?: string; model?: string; weights?: string; state?: JobState },
  ): Page<Evaluation>;
  /** Ids of those that are queued or running and ask this evaluator. */
  unfinishedJudgedBy(evaluatorId: string): readonly string[];
  /** As of an operation. Throws `invalid-transition`. */
  setState(id: string, to: JobState, at: string, outcome?: { summary?: Evaluation["summary"]; error?: Failure }): void;
  setItems(id: string, items: { itemsDigest: string; items: number }): void;
  /** In pieces; a crash leaves the first of them, and whoever goes on counts them. Positions follow what is there. */
  addResults(results: readonly EvaluationResult[]): Promise<void>;
  /** They are the first of the items, so this is also where to go on. */
  countResults(id: string): number;
  /** In the benchmark's order. Cursors are positions. Throws `invalid-value` for a cursor that is none. */
  results(id: string, page: PageRequest, filter: { outcome?: ResultOutcome; skill?: string }): Page<EvaluationResult>;
  /** All of them, in order, some at a time, with a turn of the event loop between: a row may hold a hundred long texts. */
  everyResult(id: string): AsyncGenerator<readonly EvaluationResult[]>;
}

/** Rows read in one go. */
const PIECE = 25;

const OUTCOMES: Readonly<Record<ResultOutcome, SQL>> = {
  right: sql`${evaluationResults.right} = ${evaluationResults.answers}`,
  mixed: sql`${evaluationResults.right} between 1 and ${evaluationResults.answers} - 1`,
  wrong: sql`${evaluationResults.right} = 0`,
  truncated: sql`${evaluationResults.truncated} > 0`,
  unparsed: sql`${evaluationResults.unparsed} > 0`,
  ungraded: sql`${evaluationResults.ungraded} > 0`,
  disputed: sql`${evaluationResults.disputed} > 0`,
};

export function createBenchmarkEvaluationsRepository(db: Db): BenchmarkEvaluationsRepository {
  const insertRow = prepareInsert(db, benchmarkEvaluations);
  const state = stateOfPart("benchmark_evaluations");
  const columns = { ...getTableColumns(benchmarkEvaluations), state };
  const insertResult = prepareInsert(db, evaluationResults);
  const find = (id: string): Evaluation | null =>
    db.select(columns).from(benchmarkEvaluations).where(eq(benchmarkEvaluations.id, id)).get() ?? null;
  const get = (id: string) => found(find(id), "evaluation", id);
  const change = (id: string, values: Partial<typeof benchmarkEvaluations.$inferInsert>) =>
    constrained(`updating evaluation ${id}`, () =>
      db.update(benchmarkEvaluations).set(values).where(eq(benchmarkEvaluations.id, id)).run(),
    );
  const resultsAfter = (id: string, after: number, limit: number, filters: readonly (SQL | undefined)[]) =>
    db
      .select()
      .from(evaluationResults)
      .where(and(eq(evaluationResults.evaluationId, id), gt(evaluationResults.position, after), ...filters))
      .orderBy(asc(evaluationResults.position))
      .limit(limit)
      .all()
      .map(asResult);

  return {
    insert: (evaluation) => constrained(`inserting evaluation ${evaluation.id}`, () => insertRow({ ...evaluation })),
    find,
    get,
    ofOperation: (operationId) =>
      db
        .select(columns)
        .from(benchmarkEvaluations)
        .where(eq(benchmarkEvaluations.operationId, operationId))
        .orderBy(asc(benchmarkEvaluations.id))
        .all(),
    list: (page, filter) =>
      readPage(
        "evaluation",
        benchmarkEvaluations.id,
        page,
        [
          equals(benchmarkEvaluations.runId, filter.run),
          equals(benchmarkEvaluations.benchmark, filter.benchmark),
          equals(benchmarkEvaluations.model, filter.model),
          equals(benchmarkEvaluations.weights, filter.weights),
          filter.state === undefined ? undefined : sql`${state} = ${filter.state}`,
        ],
        (query) =>
          db
            .select(columns)
            .from(benchmarkEvaluations)
            .where(query.where)
            .orderBy(query.orderBy)
            .limit(query.limit)
            .all(),
      ),
    unfinishedJudgedBy: (evaluatorId) =>
      db
        .select({ id: benchmarkEvaluations.id })
        .from(benchmarkEvaluations)
        .where(
          and(
            inArray(benchmarkEvaluations.state, ["queued", "running"]),
            eq(sql`${benchmarkEvaluations.settings} ->> '$.judge.evaluator'`, evaluatorId),
          ),
        )
        .orderBy(asc(benchmarkEvaluations.id))
        .all()
        .map(({ id }) => id),
    setState: (id, to, at, { summary, error } = {}) => {
      const { state, startedAt } = get(id);
      checkTransition(`evaluation ${id}`, state, to);
      change(id, {
        state: to,
        startedAt: to === "running" ? (startedAt ?? at) : startedAt,
        finishedAt: isEnded(to) ? at : null,
        ...(summary === undefined ? {} : { summary }),
        error: error ?? null,
      });
    },
    setItems: (id, items) => change(id, items),
    addResults: (results) => writeInPieces(db, results, (result) => insertResult(asRow(result))),
    countResults: (id) => {
      const last = db
        .select({ position: max(evaluationResults.position) })
        .from(evaluationResults)
        .where(eq(evaluationResults.evaluationId, id))
        .get();
      return (last?.position ?? -1) + 1;
    },
    results: (id, { limit, after }, { outcome, skill }) => {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
        throw new CurriculumError("invalid-value", `limit must be an integer from 1 to ${MAX_PAGE}, not ${limit}`, {
          value: limit,
        });
      }
      if (after !== null && !/^\d{1,9}$/.test(after)) {
        throw new CurriculumError("invalid-value", `${JSON.stringify(after)} is not a cursor of this list`, {
          value: after,
        });
      }
      const filters = [outcome && OUTCOMES[outcome], equals(evaluationResults.skill, skill)];
      const rows = resultsAfter(id, after === null ? -1 : Number(after), limit + 1, filters);
      const data = rows.slice(0, limit);
      const hasMore = rows.length > limit;
      return { data, hasMore, nextCursor: hasMore ? String(data.at(-1)!.position) : null };
    },
    async *everyResult(id) {
      for (let after = -1; ; ) {
        const rows = resultsAfter(id, after, PIECE, []);
        if (rows.length > 0) yield rows;
        if (rows.length < PIECE) return;
        after = rows.at(-1)!.position;
        await nextTurn();
      }
    },
  };
}

type Row = typeof evaluationResults.$inferSelect;

function asRow(result: EvaluationResult): Row {
  const { samples, greedy } = result;
  const answers = greedy === null ? samples : [...samples, greedy];
  const number = (is: (answer: GradedAnswer) => boolean) => answers.filter(is).length;
  return {
    ...result,
    answers: answers.length,
    right: number(({ correct }) => correct),
    truncated: number(({ truncated }) => truncated),
    unparsed: number(({ answer, truncated }) => answer === null && !truncated),
    ungraded: number(({ how }) => how?.startsWith("error:") ?? false),
    disputed: number(({ judge, correct }) => judge !== null && "equivalent" in judge && judge.equivalent !== correct),
  };
}

function asResult(row: Row): EvaluationResult {
  const { evaluationId, position, itemId, question, reference, skill, samples, greedy, majority } = row;
  return { evaluationId, position, itemId, question, reference, skill, samples, greedy, majority };
}
