/** Runs: one self-evolution of one model. */
import { and, eq, getTableColumns, isNull, or, sql } from "drizzle-orm";
import type { EvaluationSummary, Page, PageRequest, Role, Run } from "../records/records.ts";
import type { Db } from "./client.ts";
import { constrained, found } from "./curriculum-error.ts";
import { readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { deleteRun } from "./run-deletion.ts";
import { runs } from "./schema/runs.ts";

export interface RunsRepository {
  /** Both checkpoints must be stored. */
  insert(run: Run): void;
  find(id: string): Run | null;
  /** Throws `not-found`. */
  get(id: string): Run;
  list(page: PageRequest): Page<Run>;
  /** Ids of the first runs whose configuration names this evaluator, at most `NAMED_AT_MOST`. */
  naming(evaluatorId: string): readonly string[];
  /** Replaces all labels. */
  setLabels(id: string, labels: Readonly<Record<string, string>>): Run;
  /** Moves the role's head. */
  setCheckpoint(id: string, role: Role, checkpointId: string): Run;
  setBaseEvaluation(id: string, evaluation: EvaluationSummary): Run;
  /** What an iteration's judgement says of the run. */
  setJudgement(id: string, judgement: Pick<Run, "bestCheckpointId" | "stopReason">): Run;
  /**
   * Removes the run and everything it made, nothing else; it is invisible at once, its rows go in pieces. Returns the
   * directories of its checkpoints that no other checkpoint uses: the caller removes them from the disk.
   * Throws `not-found`, and `conflict` where another run stands on one of its checkpoints.
   */
  delete(id: string): Promise<readonly string[]>;
}

const ROLES_OF_EVALUATORS = ["grader", "verifier", "gate"] as const satisfies (keyof Run["config"]["evaluators"])[];
/** Enough to say who is in the way. */
const NAMED_AT_MOST = 10;

export function createRunsRepository(db: Db): RunsRepository {
  const { deletedAt, ...columns } = getTableColumns(runs);
  const visible = isNull(deletedAt);
  const insertRow = prepareInsert(db, runs);

  const find = (id: string): Run | null =>
    db
      .select(columns)
      .from(runs)
      .where(and(eq(runs.id, id), visible))
      .get() ?? null;
  const get = (id: string) => found(find(id), "run", id);
  const update = (id: string, change: Partial<typeof runs.$inferInsert>): Run => {
    constrained(`updating run ${id}`, () =>
      db
        .update(runs)
        .set(change)
        .where(and(eq(runs.id, id), visible))
        .run(),
    );
    return get(id);
  };

  return {
    insert: (run) => constrained(`inserting run ${run.id}`, () => insertRow(run)),
    find,
    get,
    list: (page) =>
      readPage("run", runs.id, page, [visible], ({ where, orderBy, limit }) =>
        db.select(columns).from(runs).where(where).orderBy(orderBy).limit(limit).all(),
      ),
    naming: (evaluatorId) =>
      db
        .select({ id: runs.id })
        .from(runs)
        .where(
          and(
            visible,
            or(
              ...ROLES_OF_EVALUATORS.map((role) => eq(sql`${runs.config} ->> ${`$.evaluators.${role}`}`, evaluatorId)),
            ),
          ),
        )
        .orderBy(runs.id)
        .limit(NAMED_AT_MOST)
        .all()
        .map(({ id }) => id),
    setLabels: (id, labels) => update(id, { labels: { ...labels } }),
    setCheckpoint: (id, role, checkpointId) =>
      update(
        id,
        role === "challenger" ? { challengerCheckpointId: checkpointId } : { solverCheckpointId: checkpointId },
      ),
    setBaseEvaluation: (id, baseEvaluation) => update(id, { baseEvaluation }),
    setJudgement: (id, { bestCheckpointId, stopReason }) => update(id, { bestCheckpointId, stopReason }),
    delete: async (id) => {
      get(id);
      return deleteRun(db, id);
    },
  };
}
