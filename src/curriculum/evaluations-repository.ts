/** Held-out evaluations, question by question: what the summaries of iterations and checkpoints are made of. */
import { and, asc, eq, isNull } from "drizzle-orm";
import type { EvaluationItem } from "../records/evaluation-item.ts";
import { insertAll } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { evaluations } from "./schema/measurements.ts";

export interface EvaluationsRepository {
  /** All or none, in pieces. */
  insertMany(items: readonly EvaluationItem[]): Promise<void>;
  /** In the order they were made. */
  ofIteration(iterationId: string): readonly EvaluationItem[];
  /** Of the run's Solver before its first iteration. */
  ofBase(runId: string): readonly EvaluationItem[];
  /** Of these weights in this run, in the order they were made; the base's evaluation belongs to no iteration. */
  ofWeights(runId: string, weights: string): readonly EvaluationItem[];
}

export function createEvaluationsRepository(db: Db): EvaluationsRepository {
  const insertRow = prepareInsert(db, evaluations);
  return {
    insertMany: (items) => insertAll(db, "evaluations", items, insertRow),
    ofIteration: (iterationId) =>
      db.select().from(evaluations).where(eq(evaluations.iterationId, iterationId)).orderBy(asc(evaluations.id)).all(),
    ofBase: (runId) =>
      db
        .select()
        .from(evaluations)
        .where(and(eq(evaluations.runId, runId), isNull(evaluations.iterationId)))
        .orderBy(asc(evaluations.id))
        .all(),
    ofWeights: (runId, weights) =>
      db
        .select()
        .from(evaluations)
        .where(and(eq(evaluations.runId, runId), eq(evaluations.weights, weights)))
        .orderBy(asc(evaluations.id))
        .all(),
  };
}
