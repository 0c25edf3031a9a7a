/** Operations: the queue of jobs, oldest first, and what became of them. */
import { asc, eq, getTableColumns, inArray, sql } from "drizzle-orm";
import type {
  Failure,
  JobState,
  Operation,
  OperationKind,
  OperationProgress,
  Page,
  PageRequest,
} from "../records/records.ts";
import type { Db } from "./client.ts";
import { constrained, found } from "./curriculum-error.ts";
import { checkTransition, isEnded } from "./job-transitions.ts";
import { equals, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { operations } from "./schema/operations.ts";

/** Its place in the queue follows from the others. */
export type NewOperation = Omit<Operation, "queuePosition">;

export interface OperationsRepository {
  insert(operation: NewOperation): Operation;
  find(id: string): Operation | null;
  /** Throws `not-found`. */
  get(id: string): Operation;
  list(page: PageRequest, filter: { kind?: OperationKind; state?: JobState; run?: string }): Page<Operation>;
  /**
   * `at`: sets startedAt the first time it runs and finishedAt when it ends. `failed` needs an error, other states
   * refuse one. Throws `invalid-transition`.
   */
  setState(id: string, to: JobState, at: string, outcome?: { result?: unknown; error?: Failure }): Operation;
  setProgress(id: string, progress: OperationProgress): void;
  setResources(id: string, resources: readonly string[]): void;
  /** Queued and running ones, the running first, then in the order they were made. After a crash: what to resume. */
  unfinished(): readonly Operation[];
  /** The queued one to run next. */
  next(): Operation | null;
}

export function createOperationsRepository(db: Db): OperationsRepository {
  const insertRow = prepareInsert(db, operations);
  const columns = {
    ...getTableColumns(operations),
    // Operations that end before this one starts: the running and the older queued ones. Names are written out, since
    // drizzle leaves the table off a column, and inside the subquery `id` would mean its own.
    queuePosition: sql<number | null>`case operations.state
      when 'running' then 0
      when 'queued' then (select count(*) from operations ahead
        where ahead.state = 'running' or (ahead.state = 'queued' and ahead.id < operations.id))
      end`,
  };
  const find = (id: string): Operation | null =>
    db.select(columns).from(operations).where(eq(operations.id, id)).get() ?? null;
  const get = (id: string) => found(find(id), "operation", id);
  const update = (id: string, change: Partial<typeof operations.$inferInsert>) => {
    const { changes } = constrained(`updating operation ${id}`, () =>
      db.update(operations).set(change).where(eq(operations.id, id)).run(),
    );
    found(changes === 0 ? null : id, "operation", id);
  };

  return {
    insert: (operation) => {
      constrained(`inserting operation ${operation.id}`, () =>
        insertRow({ ...operation, resources: [...operation.resources] }),
      );
      return get(operation.id);
    },
    find,
    get,
    list: (page, filter) =>
      readPage(
        "operation",
        operations.id,
        page,
        [
          equals(operations.kind, filter.kind),
          equals(operations.state, filter.state),
          equals(operations.runId, filter.run),
        ],
        (query) =>
          db.select(columns).from(operations).where(query.where).orderBy(query.orderBy).limit(query.limit).all(),
      ),
    setState: (id, to, at, outcome = {}) =>
      db.$client
        .transaction(() => {
          const current = get(id);
          checkTransition(`operation ${id}`, current.state, to);
          update(id, {
            state: to,
            startedAt: to === "running" ? (current.startedAt ?? at) : current.startedAt,
            finishedAt: isEnded(to) ? at : null,
            error: outcome.error ?? null,
            ...(outcome.result === undefined ? {} : { result: outcome.result }),
          });
          return get(id);
        })
        .immediate(),
    setProgress: (id, progress) => update(id, { progress }),
    setResources: (id, resources) => update(id, { resources: [...resources] }),
    unfinished: () =>
      db
        .select(columns)
        .from(operations)
        .where(inArray(operations.state, ["queued", "running"]))
        .orderBy(sql`${operations.state} = 'queued'`, asc(operations.id))
        .all(),
    next: () =>
      db
        .select(columns)
        .from(operations)
        .where(eq(operations.state, "queued"))
        .orderBy(asc(operations.id))
        .limit(1)
        .get() ?? null,
  };
}
