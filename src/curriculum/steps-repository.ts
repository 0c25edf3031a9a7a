/** Optimiser steps: what each did to the weights, with its metrics. Written once, never changed. */
import { and, asc, desc, eq } from "drizzle-orm";
import type { Page, PageRequest, Role, Step } from "../records/records.ts";
import type { Db } from "./client.ts";
import { constrained, found } from "./curriculum-error.ts";
import { equals, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { steps } from "./schema/iterations.ts";

export interface StepsRepository {
  /** Throws `conflict` where the phase already has a step with this number. */
  insert(step: Step): void;
  find(id: string): Step | null;
  /** Throws `not-found`. */
  get(id: string): Step;
  list(page: PageRequest, filter: { run?: string; iteration?: string; role?: Role }): Page<Step>;
  /** In the order they were made. */
  ofIteration(iterationId: string): readonly Step[];
  ofPhase(phaseId: string): readonly Step[];
  /** The last one it made. */
  ofOperation(operationId: string): Step | null;
  /** The role's last step in the run. */
  latest(runId: string, role: Role): Step | null;
}

export function createStepsRepository(db: Db): StepsRepository {
  const insertRow = prepareInsert(db, steps);
  const find = (id: string): Step | null => db.select().from(steps).where(eq(steps.id, id)).get() ?? null;

  return {
    insert: (step) => constrained(`inserting step ${step.id}`, () => insertRow(step)),
    find,
    get: (id) => found(find(id), "step", id),
    list: (page, filter) =>
      readPage(
        "step",
        steps.id,
        page,
        [equals(steps.runId, filter.run), equals(steps.iterationId, filter.iteration), equals(steps.role, filter.role)],
        (query) => db.select().from(steps).where(query.where).orderBy(query.orderBy).limit(query.limit).all(),
      ),
    ofIteration: (iterationId) =>
      db.select().from(steps).where(eq(steps.iterationId, iterationId)).orderBy(asc(steps.id)).all(),
    ofPhase: (phaseId) => db.select().from(steps).where(eq(steps.phaseId, phaseId)).orderBy(asc(steps.number)).all(),
    ofOperation: (operationId) =>
      db.select().from(steps).where(eq(steps.operationId, operationId)).orderBy(desc(steps.id)).get() ?? null,
    latest: (runId, role) =>
      db
        .select()
        .from(steps)
        .where(and(eq(steps.runId, runId), eq(steps.role, role)))
        .orderBy(desc(steps.id))
        .get() ?? null,
  };
}
