/** Checkpoints: weights that were saved, by the digest of their file. */
import { and, desc, eq, getTableColumns, isNotNull, isNull } from "drizzle-orm";
import type { Checkpoint, Page, PageRequest, Role } from "../records/records.ts";
import type { Db } from "./client.ts";
import { CurriculumError, constrained, found } from "./curriculum-error.ts";
import { equals, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { checkpoints, runs } from "./schema/runs.ts";

export interface CheckpointsRepository {
  insert(checkpoint: Checkpoint): void;
  find(id: string): Checkpoint | null;
  /** Throws `not-found`. */
  get(id: string): Checkpoint;
  list(page: PageRequest, filter: { run?: string; role?: Role }): Page<Checkpoint>;
  /** Newest first: several runs and roles may have arrived at the same weights. */
  byDigest(digest: string): readonly Checkpoint[];
  /** What a role became in an iteration; null where it has not, or stayed what it was. */
  ofIteration(iterationId: string, role: Role): Checkpoint | null;
  /** The base weights of a model, made by no run. */
  base(model: string, digest: string): Checkpoint | null;
  /** Adds to what was measured of it. */
  addMetrics(id: string, metrics: Readonly<Record<string, number>>): Checkpoint;
  /** Of a run, the newest first. */
  ofRun(runId: string): readonly Checkpoint[];
  /** Runs that have checkpoints with files. */
  runs(): readonly string[];
  /**
   * Of the run's: what any run stands on or has for its best, what an unfinished iteration began from or made, and the
   * weights of an unfinished evaluation.
   */
  inUse(runId: string): ReadonlySet<string>;
  setPinned(id: string, pinned: boolean): Checkpoint;
  /** Says that its files are gone, or are about to go. */
  setPruned(id: string, at: string): void;
  /**
   * Throws `not-found`, and `conflict` where a run stands on it or has it for its best, or it is pinned. The caller removes
   * its directory.
   */
  delete(id: string): Checkpoint;
}

export function createCheckpointsRepository(db: Db): CheckpointsRepository {
  const insertRow = prepareInsert(db, checkpoints);
  const columns = getTableColumns(checkpoints);
  // Paused ones are stored as running: unfinished means queued or running here.
  const inUse = db.$client
    .prepare<[string], string>(`
      select id from checkpoints c where c.run_id = ? and (
        exists (select 1 from runs
          where c.id in (challenger_checkpoint_id, solver_checkpoint_id, best_checkpoint_id))
        or exists (select 1 from iterations i
          where i.state in ('queued', 'running') and (c.id in (i.challenger_from, i.solver_from) or c.iteration_id = i.id))
        or exists (select 1 from benchmark_evaluations e
          where e.state in ('queued', 'running') and e.weights = c.digest))`)
    .pluck();
  const find = (id: string): Checkpoint | null =>
    db.select(columns).from(checkpoints).where(eq(checkpoints.id, id)).get() ?? null;
  const get = (id: string) => found(find(id), "checkpoint", id);

  return {
    insert: (checkpoint) =>
      constrained(`inserting checkpoint ${checkpoint.id}`, () =>
        insertRow({ ...checkpoint, parents: [...checkpoint.parents] }),
      ),
    find,
    get,
    list: (page, filter) =>
      readPage(
        "checkpoint",
        checkpoints.id,
        page,
        // Checkpoints of a run that is being deleted are gone for a reader.
        [equals(checkpoints.runId, filter.run), equals(checkpoints.role, filter.role), isNull(runs.deletedAt)],
        (query) =>
          db
            .select(columns)
            .from(checkpoints)
            .leftJoin(runs, eq(checkpoints.runId, runs.id))
            .where(query.where)
            .orderBy(query.orderBy)
            .limit(query.limit)
            .all(),
      ),
    byDigest: (digest) =>
      db.select().from(checkpoints).where(eq(checkpoints.digest, digest)).orderBy(desc(checkpoints.id)).all(),
    ofIteration: (iterationId, role) =>
      db
        .select()
        .from(checkpoints)
        .where(and(eq(checkpoints.iterationId, iterationId), eq(checkpoints.role, role)))
        .orderBy(desc(checkpoints.id))
        .get() ?? null,
    base: (model, digest) =>
      db
        .select()
        .from(checkpoints)
        .where(and(eq(checkpoints.digest, digest), eq(checkpoints.model, model), eq(checkpoints.role, "base")))
        .orderBy(desc(checkpoints.id))
        .get() ?? null,
    ofRun: (runId) =>
      db.select().from(checkpoints).where(eq(checkpoints.runId, runId)).orderBy(desc(checkpoints.id)).all(),
    runs: () =>
      db
        .selectDistinct({ id: checkpoints.runId })
        .from(checkpoints)
        .where(and(isNotNull(checkpoints.runId), isNull(checkpoints.prunedAt)))
        .all()
        .map(({ id }) => id!),
    inUse: (runId) => new Set(inUse.all(runId)),
    setPinned: (id, pinned) => {
      constrained(`pinning checkpoint ${id}`, () =>
        db.update(checkpoints).set({ pinned }).where(eq(checkpoints.id, id)).run(),
      );
      return get(id);
    },
    setPruned: (id, at) =>
      constrained(`pruning checkpoint ${id}`, () =>
        db.update(checkpoints).set({ prunedAt: at }).where(eq(checkpoints.id, id)).run(),
      ),
    addMetrics: (id, metrics) =>
      db.$client
        .transaction(() => {
          const merged = { ...get(id).metrics, ...metrics };
          db.update(checkpoints).set({ metrics: merged }).where(eq(checkpoints.id, id)).run();
          return get(id);
        })
        .immediate(),
    delete: (id) =>
      db.$client
        .transaction(() => {
          const checkpoint = get(id);
          if (checkpoint.pinned) throw new CurriculumError("conflict", `checkpoint ${id} is pinned`, { value: id });
          const run = db.select({ id: runs.id }).from(runs).where(eq(runs.bestCheckpointId, id)).get();
          if (run !== undefined) {
            throw new CurriculumError("conflict", `checkpoint ${id} is the best of run ${run.id}`, { value: run.id });
          }
          constrained(`deleting checkpoint ${id}, which a run stands on`, () =>
            db.delete(checkpoints).where(eq(checkpoints.id, id)).run(),
          );
          return checkpoint;
        })
        .immediate(),
  };
}
