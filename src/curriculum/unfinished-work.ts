/** Taking back what an interrupted operation wrote since its last completed step, before it resumes from there. */
import { and, eq, exists, gt, inArray, isNotNull, lte, notExists, or } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Db } from "./client.ts";
import { idPrefix, ulidOf } from "./ids.ts";
import { steps } from "./schema/iterations.ts";
import { evaluations } from "./schema/measurements.ts";
import { questions, rollouts, samplingContexts, solutions } from "./schema/questions.ts";

/**
 * Deletes the run's steps, rollouts, solutions, evaluation items and proposed questions that were made after `mark`,
 * any id of the run (of the last good step, phase, ...): ids only grow. Questions submitted by a person stay, and so do
 * checkpoints; a question whose only vote goes is `proposed` again. Returns the number of rows deleted, without what
 * cascades from them.
 */
export function discardMadeAfter(db: Db, runId: string, mark: string): number {
  const ulid = ulidOf(mark);
  const contexts = db
    .select({ id: samplingContexts.id })
    .from(samplingContexts)
    .where(eq(samplingContexts.runId, runId));
  const solution = idPrefix("solution") + ulid;
  const earlier = alias(solutions, "earlier");
  const own = eq(solutions.questionId, questions.id);
  const unvoted = {
    state: "proposed",
    pseudoLabel: null,
    majorityShare: null,
    labelCorrect: null,
    verification: null,
    decomposition: null,
  } as const;
  return db.$client
    .transaction(() => {
      db.update(questions)
        .set(unvoted)
        .where(
          and(
            eq(questions.runId, runId),
            exists(
              db
                .select()
                .from(solutions)
                .where(and(own, gt(solutions.id, solution))),
            ),
            notExists(
              db
                .select()
                .from(earlier)
                .where(and(eq(earlier.questionId, questions.id), lte(earlier.id, solution))),
            ),
          ),
        )
        .run();
      const deletions = [
        db
          .delete(rollouts)
          .where(and(gt(rollouts.id, idPrefix("rollout") + ulid), inArray(rollouts.contextId, contexts))),
        db.delete(solutions).where(and(eq(solutions.runId, runId), gt(solutions.id, solution))),
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
