/** Rollouts: every completion that was sampled, with its log-probabilities bit for bit. */
import { and, asc, eq, getTableColumns, gt, lt, type SQL } from "drizzle-orm";
import type { Role, Rollout } from "../records/records.ts";
import { insertAll, writeInPieces } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { CurriculumError, constraintError, found } from "./curriculum-error.ts";
import { idPrefix, ulidOf } from "./ids.ts";
import { readMany } from "./pagination.ts";
import { prepareInsert, prepareUpdate } from "./prepared-writes.ts";
import { decodeTokenIds, decodeTrace, encodeTrace } from "./rollout-trace.ts";
import { createContextIds } from "./sampling-contexts.ts";
import { rollouts, samplingContexts } from "./schema/questions.ts";

/** What scoring found. */
export type RolloutOutcome = Pick<Rollout, "id" | "verdict" | "reward" | "rewardParts" | "advantage">;

export interface RolloutsRepository {
  /** All or none, in pieces. What they refer to (question, solution, step) must be stored. */
  insertMany(rows: readonly Rollout[]): Promise<void>;
  find(id: string): Rollout | null;
  /** Throws `not-found`. */
  get(id: string): Rollout;
  /** In the order of the ids. Throws `not-found`. */
  getMany(ids: readonly string[]): readonly Rollout[];
  /** The three below: by group, then sample. */
  ofSolution(solutionId: string): readonly Rollout[];
  ofStep(stepId: string): readonly Rollout[];
  ofQuestion(questionId: string): readonly Rollout[];
  /** Ids of what the role wrote in a run between two ids, of whatever kind, both left out: ids only grow. In their order. */
  madeBetween(runId: string, role: Role, after: string, before: string): readonly string[];
  /** In pieces; can be repeated. Throws `not-found`; outcomes before the unknown id stay. */
  setOutcomes(outcomes: readonly RolloutOutcome[]): Promise<void>;
  /** Says which step trained on them: known only once the step is stored. In pieces; can be repeated. */
  setStep(stepId: string, ids: readonly string[]): Promise<void>;
  /** The same for a few, within the caller's transaction. Throws `not-found`. */
  setStepAtOnce(stepId: string, ids: readonly string[]): void;
  /** In pieces. Ids without a row are ignored. */
  delete(ids: readonly string[]): Promise<void>;
}

export function createRolloutsRepository(db: Db): RolloutsRepository {
  const insertRow = prepareInsert(db, rollouts);
  const updateOutcome = prepareUpdate(db, rollouts, ["verdict", "reward", "rewardParts", "advantage"]);
  const updateStep = prepareUpdate(db, rollouts, ["stepId"]);
  const contextIdOf = createContextIds(db);
  const { contextId, trace, ...own } = getTableColumns(rollouts);
  const { id, digest, ...shared } = getTableColumns(samplingContexts);
  const deleteRow = db.$client.prepare("delete from rollouts where id = ?");
  const pruneContexts = db.$client.prepare(`
    delete from sampling_contexts where not exists (select 1 from rollouts where context_id = sampling_contexts.id)`);

  const select = (where: SQL): readonly Rollout[] =>
    db
      .select({ own, trace, shared })
      .from(rollouts)
      .innerJoin(samplingContexts, eq(contextId, id))
      .where(where)
      .orderBy(asc(rollouts.group), asc(rollouts.sample), asc(rollouts.id))
      .all()
      .map((row) => ({
        ...row.own,
        ...row.shared,
        ...decodeTrace(row.trace),
        promptTokenIds: decodeTokenIds(row.shared.promptTokenIds),
      }));
  const find = (rolloutId: string): Rollout | null => select(eq(rollouts.id, rolloutId))[0] ?? null;
  const change = async <T>(
    what: string,
    items: readonly T[],
    idOf: (item: T) => string,
    update: (item: T) => number,
  ) => {
    try {
      await writeInPieces(db, items, (item) => {
        if (update(item) > 0) return;
        throw new CurriculumError("not-found", `there is no rollout "${idOf(item)}"`, { value: idOf(item) });
      });
    } catch (error) {
      throw constraintError(`${what} of ${items.length} rollouts`, error);
    }
  };

  return {
    insertMany: (rows) =>
      insertAll(db, "rollouts", rows, (row) => {
        refuseNaN(row);
        insertRow({ ...row, contextId: contextIdOf(row), trace: encodeTrace(row) });
      }),
    find,
    get: (rolloutId) => found(find(rolloutId), "rollout", rolloutId),
    getMany: (ids) => readMany("rollout", ids, (are) => select(are(rollouts.id))),
    ofSolution: (solutionId) => select(eq(rollouts.solutionId, solutionId)),
    ofStep: (stepId) => select(eq(rollouts.stepId, stepId)),
    ofQuestion: (questionId) => select(eq(rollouts.questionId, questionId)),
    madeBetween: (runId, role, after, before) =>
      db
        .select({ id: rollouts.id })
        .from(rollouts)
        .innerJoin(samplingContexts, eq(contextId, id))
        .where(
          and(
            gt(rollouts.id, rolloutIdAt(after)),
            lt(rollouts.id, rolloutIdAt(before)),
            eq(samplingContexts.runId, runId),
            eq(samplingContexts.role, role),
          ),
        )
        .orderBy(asc(rollouts.id))
        .all()
        .map((row) => row.id),
    setOutcomes: async (outcomes) => {
      for (const outcome of outcomes) refuseNaN(outcome);
      await change(
        "scoring",
        outcomes,
        (outcome) => outcome.id,
        (outcome) => updateOutcome(outcome.id, outcome),
      );
    },
    setStep: (stepId, ids) =>
      change(
        `step ${stepId}`,
        ids,
        (rolloutId) => rolloutId,
        (rolloutId) => updateStep(rolloutId, { stepId }),
      ),
    setStepAtOnce: (stepId, ids) => {
      for (const rolloutId of ids) found(updateStep(rolloutId, { stepId }) || null, "rollout", rolloutId);
    },
    delete: async (ids) => {
      await writeInPieces(db, ids, (rolloutId) => deleteRow.run(rolloutId));
      pruneContexts.run();
    },
  };
}

/** The id that a rollout made in the same moment would have. */
const rolloutIdAt = (other: string): string => idPrefix("rollout") + ulidOf(other);

/** SQLite would store NaN as NULL, and a broken reward would read as "not scored yet". */
function refuseNaN({ id, reward, advantage }: Pick<Rollout, "id" | "reward" | "advantage">): void {
  if (!Number.isNaN(reward) && !Number.isNaN(advantage)) return;
  throw new CurriculumError("invalid-value", `rollout ${id} has reward ${reward} and advantage ${advantage}`, {
    value: { reward, advantage },
  });
}
