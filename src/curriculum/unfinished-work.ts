/** Taking back what an interrupted operation wrote since its last completed step, before it resumes from there. */
import { and, eq, gt, inArray, isNotNull, or } from "drizzle-orm";
import type { Db } from "./client.ts";
import { idPrefix } from "./ids.ts";
import { steps } from "./schema/iterations.ts";
import { evaluations } from "./schema/measurements.ts";
import { questions, rollouts, samplingContexts, solutions } from "./schema/questions.ts";

/**
 * Deletes the run's steps, rollouts, solutions, evaluation items and proposed questions that were made after `mark`,
 * any id of the run (of the last good step, phase, ...): ids only grow. Questions submitted by a person stay, and so do
 * checkpoints. Returns the number of rows named above, without what cascades from them.
 */
export function discardMadeAfter(db: Db, runId: string, mark: string): number {
  const ulid = mark.slice(mark.indexOf("_") + 1);
  const contexts = db
    .select({ id: samplingContexts.id })
    .from(samplingContexts)
    .where(eq(samplingContexts.runId, runId));
  return db.$client
    .transaction(() => {
      const deletions = [
        db
          .delete(rollouts)
          .where(and(gt(rollouts.id, idPrefix("rollout") + ulid), inArray(rollouts.contextId, contexts))),
        db.delete(solutions).where(and(eq(solutions.runId, runId), gt(solutions.id, idPrefix("solution") + ulid))),
        db.delete(questions).where(
          and(
            eq(questions.runId, runId),
            gt(questions.id, idPrefix("question") + ulid),
            // An iteration's copies of submitted questions are its own work.
            or(eq(questions.source, "challenger"), isNotNull(questions.iterationId)),
          ),
        ),
        db
          .delete(evaluations)
          .where(and(eq(evaluations.runId, runId), gt(evaluations.id, idPrefix("evaluation") + ulid))),
        db.delete(steps).where(and(eq(steps.runId, runId), gt(steps.id, idPrefix("step") + ulid))),
      ];
      return deletions.reduce((rows, deletion) => rows + deletion.run().changes, 0);
    })
    .immediate();
}
