/** Phases of an iteration. */
import { asc, eq } from "drizzle-orm";
import type { JobState, Phase } from "../records/records.ts";
import type { Db } from "./client.ts";
import { constrained, found } from "./curriculum-error.ts";
import { checkTransition, isEnded } from "./job-transitions.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { phases } from "./schema/iterations.ts";

export interface PhasesRepository {
  insert(phase: Phase): void;
  find(id: string): Phase | null;
  /** Throws `not-found`. */
  get(id: string): Phase;
  /** In the order they were made. */
  ofIteration(iterationId: string): readonly Phase[];
  /** `at`: finishedAt, where `to` ends it. Throws `invalid-transition`. */
  setState(id: string, to: JobState, at: string): Phase;
}

export function createPhasesRepository(db: Db): PhasesRepository {
  const insertRow = prepareInsert(db, phases);
  const find = (id: string): Phase | null => db.select().from(phases).where(eq(phases.id, id)).get() ?? null;
  const get = (id: string) => found(find(id), "phase", id);

  return {
    insert: (phase) => constrained(`inserting phase ${phase.id}`, () => insertRow(phase)),
    find,
    get,
    ofIteration: (iterationId) =>
      db.select().from(phases).where(eq(phases.iterationId, iterationId)).orderBy(asc(phases.id)).all(),
    setState: (id, to, at) =>
      db.$client
        .transaction(() => {
          checkTransition(`phase ${id}`, get(id).state, to);
          db.update(phases)
            .set({ state: to, finishedAt: isEnded(to) ? at : null })
            .where(eq(phases.id, id))
            .run();
          return get(id);
        })
        .immediate(),
  };
}
