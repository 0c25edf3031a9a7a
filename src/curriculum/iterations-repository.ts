/** Iterations: one co-evolution cycle each, numbered within their run. */
import { asc, eq, getTableColumns, max } from "drizzle-orm";
import type { Failure, Iteration, JobState, Page, PageRequest } from "../records/records.ts";
import type { Db } from "./client.ts";
import { constrained, found } from "./curriculum-error.ts";
import { checkTransition, isEnded } from "./job-transitions.ts";
import { equals, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { iterations } from "./schema/iterations.ts";
import { stateOfPart } from "./state-of-part.ts";

/** What becomes known while an iteration works. */
export type IterationChange = Partial<
  Pick<Iteration, "seconds" | "challengerFrom" | "challengerTo" | "solverFrom" | "solverTo" | "metrics" | "gate">
>;

export interface IterationsRepository {
  insert(iteration: Iteration): void;
  find(id: string): Iteration | null;
  /** Throws `not-found`. */
  get(id: string): Iteration;
  list(page: PageRequest, filter: { run?: string }): Page<Iteration>;
  /** In the order of their numbers. */
  ofRun(runId: string): readonly Iteration[];
  ofOperation(operationId: string): readonly Iteration[];
  /** 1 for the first. */
  nextNumber(runId: string): number;
  update(id: string, change: IterationChange): Iteration;
  /**
   * `at`: sets startedAt the first time it runs and finishedAt when it ends. Throws `invalid-transition`.
   */
  setState(id: string, to: JobState, at: string, error?: Failure): Iteration;
}

export function createIterationsRepository(db: Db): IterationsRepository {
  const insertRow = prepareInsert(db, iterations);
  const columns = { ...getTableColumns(iterations), state: stateOfPart("iterations") };
  const find = (id: string): Iteration | null =>
    db.select(columns).from(iterations).where(eq(iterations.id, id)).get() ?? null;
  const get = (id: string) => found(find(id), "iteration", id);
  const update = (id: string, change: Partial<typeof iterations.$inferInsert>): Iteration => {
    if (Object.keys(change).length > 0) {
      constrained(`updating iteration ${id}`, () =>
        db.update(iterations).set(change).where(eq(iterations.id, id)).run(),
      );
    }
    return get(id);
  };

  return {
    insert: (iteration) => constrained(`inserting iteration ${iteration.id}`, () => insertRow(iteration)),
    find,
    get,
    list: (page, filter) =>
      readPage("iteration", iterations.id, page, [equals(iterations.runId, filter.run)], (query) =>
        db.select(columns).from(iterations).where(query.where).orderBy(query.orderBy).limit(query.limit).all(),
      ),
    ofRun: (runId) =>
      db.select(columns).from(iterations).where(eq(iterations.runId, runId)).orderBy(asc(iterations.number)).all(),
    ofOperation: (operationId) =>
      db
        .select(columns)
        .from(iterations)
        .where(eq(iterations.operationId, operationId))
        .orderBy(asc(iterations.id))
        .all(),
    nextNumber: (runId) => {
      const row = db
        .select({ last: max(iterations.number) })
        .from(iterations)
        .where(eq(iterations.runId, runId))
        .get();
      return (row?.last ?? 0) + 1;
    },
    update,
    setState: (id, to, at, error) =>
      db.$client
        .transaction(() => {
          const current = get(id);
          checkTransition(`iteration ${id}`, current.state, to);
          return update(id, {
            state: to,
            startedAt: to === "running" ? (current.startedAt ?? at) : current.startedAt,
            finishedAt: isEnded(to) ? at : null,
            error: error ?? null,
          });
        })
        .immediate(),
  };
}
