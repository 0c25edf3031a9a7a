/** Deleting a run: hidden at once, then its hundreds of thousands of rows in pieces, then the run itself. */
import { and, eq, isNotNull, ne, notInArray, or, sql } from "drizzle-orm";
import { repeatInPieces } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { CurriculumError, constrained } from "./curriculum-error.ts";
import { benchmarkEvaluations, evaluationResults } from "./schema/evaluations.ts";
import { evaluations, metrics } from "./schema/measurements.ts";
import { questions, rollouts, samplingContexts, solutions } from "./schema/questions.ts";
import { checkpoints, runs } from "./schema/runs.ts";

/** Rows deleted by one statement, with what cascades from them. */
const ROWS = 20;

/**
 * Returns the directories of the run's checkpoints that no other checkpoint names. Can be called again after a crash:
 * `interruptedDeletions`. Throws CurriculumError `conflict`, before anything is touched, where another run stands on
 * one of its checkpoints.
 */
export async function deleteRun(db: Db, id: string): Promise<readonly string[]> {
  hide(db, id);
  // From the leaves to the root, so that each cascade is short.
  await repeatInPieces(
    db,
    () =>
      db.run(sql`
      delete from ${rollouts} where id in (
        select ${rollouts.id} from ${samplingContexts} join ${rollouts} on ${rollouts.contextId} = ${samplingContexts.id}
        where ${samplingContexts.runId} = ${id} limit ${ROWS})`).changes,
  );
  const own = db
    .select({ id: benchmarkEvaluations.id })
    .from(benchmarkEvaluations)
    .where(eq(benchmarkEvaluations.runId, id));
  await repeatInPieces(
    db,
    () =>
      db.run(sql`
      delete from ${evaluationResults} where rowid in (
        select rowid from ${evaluationResults} where ${evaluationResults.evaluationId} in ${own} limit ${ROWS})`)
        .changes,
  );
  for (const table of [samplingContexts, solutions, questions, evaluations, benchmarkEvaluations, metrics]) {
    await repeatInPieces(
      db,
      () =>
        db.run(
          sql`delete from ${table} where id in (select id from ${table} where ${table.runId} = ${id} limit ${ROWS})`,
        ).changes,
    );
  }
  return db.$client
    .transaction(() => {
      const directories = ownDirectories(db, id);
      constrained(`deleting run ${id}`, () => db.delete(runs).where(eq(runs.id, id)).run());
      return directories;
    })
    .immediate();
}

/** Runs whose deletion a crash interrupted. */
export function interruptedDeletions(db: Db): readonly string[] {
  const rows = db.select({ id: runs.id }).from(runs).where(isNotNull(runs.deletedAt)).all();
  return rows.map((row) => row.id);
}

function hide(db: Db, id: string): void {
  const own = db.select({ id: checkpoints.id }).from(checkpoints).where(eq(checkpoints.runId, id));
  const standsOnOwn = or(sql`${runs.challengerCheckpointId} in ${own}`, sql`${runs.solverCheckpointId} in ${own}`);
  db.$client
    .transaction(() => {
      const other = db
        .select({ id: runs.id })
        .from(runs)
        .where(and(ne(runs.id, id), standsOnOwn))
        .get();
      if (other !== undefined) {
        throw new CurriculumError("conflict", `run ${other.id} stands on a checkpoint of run ${id}`, {
          value: other.id,
        });
      }
      db.update(runs).set({ deletedAt: sql`strftime('%Y-%m-%dT%H:%M:%fZ', 'now')` }).where(eq(runs.id, id)).run();
    })
    .immediate();
}

function ownDirectories(db: Db, runId: string): readonly string[] {
  const others = db
    .select({ directory: checkpoints.directory })
    .from(checkpoints)
    .where(sql`${checkpoints.runId} is not ${runId}`);
  const rows = db
    .selectDistinct({ directory: checkpoints.directory })
    .from(checkpoints)
    .where(and(eq(checkpoints.runId, runId), notInArray(checkpoints.directory, others)))
    .all();
  return rows.map((row) => row.directory);
}
