/** A run's memory of its questions: candidates for a near repetition, by index and never by a scan. */
import { and, countDistinct, eq, inArray, sum } from "drizzle-orm";
import { BANDS } from "../rzero/near-duplicates.ts";
import { writeInPieces } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { iterations } from "./schema/iterations.ts";
import { BAND_COLUMNS, type MEMORY_VIEWS, questionKinds, questionMemory } from "./schema/memory.ts";

export type MemoryView = (typeof MEMORY_VIEWS)[number];

export interface MemoryEntry {
  readonly questionId: string;
  readonly iterationId: string;
  readonly view: MemoryView;
  /** [BANDS], salted so that no other run or view has the same. */
  readonly bands: readonly number[];
}

export interface MemoryCandidate {
  readonly questionId: string;
  readonly text: string;
}

/** Both bulk writes go in pieces. What a crash leaves of them belongs to an iteration that failed, and is never found. */
export interface MemoryRepository {
  /** Stores the entry of each item, where it has one. It is asked for right before, so that it can look up the ones before. */
  rememberAll<T>(items: readonly T[], entryOf: (item: T) => MemoryEntry | null): Promise<void>;
  /** Before an iteration remembers (again): nothing of it is remembered. */
  forget(iterationId: string): void;
  /** How many questions of each kind (the id of its first) the iteration's pool held. */
  rememberKinds(iterationId: string, sizes: ReadonlyMap<string, number>): Promise<void>;
  /** Questions of completed iterations, and of `during` where given, that share a band: at most `perBand` for each. */
  candidates(bands: readonly number[], perBand: number, during?: string): readonly MemoryCandidate[];
  /** Questions of a kind in completed iterations. */
  kindSize(kind: string): number;
  /** Questions of the run's completed iterations that were counted, and their kinds. */
  kinds(runId: string): { readonly questions: number; readonly kinds: number };
}

export function createMemoryRepository(db: Db): MemoryRepository {
  const insertEntry = prepareInsert(db, questionMemory);
  const insertKind = prepareInsert(db, questionKinds);
  const finders = Array.from({ length: BANDS }, (_, band) =>
    db.$client.prepare(`
      select m.question_id as questionId, q.text
      from question_memory m
      join iterations i on i.id = m.iteration_id
      join questions q on q.id = m.question_id
      where m.band_${band} = ? and (i.state = 'completed' or i.id = ?)
      limit ?`),
  );

  return {
    rememberAll: (items, entryOf) =>
      writeInPieces(db, items, (item) => {
        const found = entryOf(item);
        if (found === null) return;
        const { bands, ...entry } = found;
        const named = Object.fromEntries(BAND_COLUMNS.map((column, band) => [column, bands[band]!]));
        insertEntry({ ...entry, ...(named as Record<(typeof BAND_COLUMNS)[number], number>) });
      }),
    forget: (iterationId) => {
      for (const table of [questionMemory, questionKinds]) {
        db.delete(table).where(eq(table.iterationId, iterationId)).run();
      }
    },
    rememberKinds: (iterationId, sizes) =>
      writeInPieces(db, [...sizes], ([kind, questions]) => insertKind({ kind, iterationId, questions })),
    candidates: (bands, perBand, during) => {
      const found = bands.flatMap(
        (value, band) => finders[band]!.all(value, during ?? null, perBand) as MemoryCandidate[],
      );
      return [...new Map(found.map((candidate) => [candidate.questionId, candidate])).values()];
    },
    kindSize: (kind) => {
      const row = db
        .select({ size: sum(questionKinds.questions).mapWith(Number) })
        .from(questionKinds)
        .innerJoin(iterations, eq(iterations.id, questionKinds.iterationId))
        .where(and(eq(questionKinds.kind, kind), eq(iterations.state, "completed")))
        .get();
      return row?.size ?? 0;
    },
    kinds: (runId) => {
      const completed = db
        .select({ id: iterations.id })
        .from(iterations)
        .where(and(eq(iterations.runId, runId), eq(iterations.state, "completed")));
      const row = db
        .select({
          questions: sum(questionKinds.questions).mapWith(Number),
          kinds: countDistinct(questionKinds.kind),
        })
        .from(questionKinds)
        .where(inArray(questionKinds.iterationId, completed))
        .get();
      return { questions: row?.questions ?? 0, kinds: row?.kinds ?? 0 };
    },
  };
}
