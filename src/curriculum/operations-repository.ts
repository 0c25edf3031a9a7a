/** Operations: the queue of jobs, oldest first, and what became of them. */
import { and, asc, count, eq, getTableColumns, inArray, sql } from "drizzle-orm";
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
import { kindsOf, type OperationLane } from "./operation-lanes.ts";
import { equals, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { operations } from "./schema/operations.ts";

/** Its place in the queue follows from the others. */
export type NewOperation = Omit<Operation, "queuePosition">;

export type OperationCounts = Readonly<Record<"queued" | "running" | "paused", number>>;

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
  /** Those that have not ended, of one lane or all, the running first, then in the order they were made. */
  unfinished(lane?: OperationLane): readonly Operation[];
  /** How many have not ended, by state. To be asked for each request: `unfinished` finds each one's place, this none. */
  counts(): OperationCounts;
  /** The queued one to run next in a lane. */
  next(lane: OperationLane): Operation | null;
}

const DISK = sql.raw(`(${kindsOf("disk").map((kind) => `'${kind}'`)})`);

/**
 * A run's operations keep their order: what was asked for behind a paused one stands on what that one will have made, and
 * waits with it. An evaluation is of weights that exist already, and waits for nobody.
 */
const MAY_RUN = sql`(operations.kind = 'evaluations' or not exists (select 1 from operations ahead
  where ahead.state = 'paused' and ahead.run_id = operations.run_id and ahead.id < operations.id))`;

export function createOperationsRepository(db: Db): OperationsRepository {
  const insertRow = prepareInsert(db, operations);
  const columns = {
    ...getTableColumns(operations),
    // Operations that end before this one starts: in its lane, the running and the older queued ones. Names are written
    // out, since drizzle leaves the table off a column, and inside the subquery `id` would mean its own.
    queuePosition: sql<number | null>`case operations.state
      when 'running' then 0
      when 'queued' then (select count(*) from operations ahead
        where ahead.state in ('queued', 'running', 'paused') and (ahead.kind in ${DISK}) = (operations.kind in ${DISK})
          and (ahead.state = 'running' or (ahead.state = 'queued' and ahead.id < operations.id)))
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
    unfinished: (lane) =>
      db
        .select(columns)
        .from(operations)
        .where(
          and(
            inArray(operations.state, ["queued", "running", "paused"]),
            lane && inArray(operations.kind, [...kindsOf(lane)]),
          ),
        )
        .orderBy(sql`${operations.state} <> 'running'`, asc(operations.id))
        .all(),
    counts: () => {
      const rows = db
        .select({ state: operations.state, count: count() })
        .from(operations)
        .where(inArray(operations.state, ["queued", "running", "paused"]))
        .groupBy(operations.state)
        .all();
      return { queued: 0, running: 0, paused: 0, ...Object.fromEntries(rows.map((row) => [row.state, row.count])) };
    },
    next: (lane) =>
      db
        .select(columns)
        .from(operations)
        .where(and(eq(operations.state, "queued"), inArray(operations.kind, [...kindsOf(lane)]), MAY_RUN))
        .orderBy(asc(operations.id))
        .limit(1)
        .get() ?? null,
  };
}
