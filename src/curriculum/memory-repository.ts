/** A run's memory of its questions: candidates for a near repetition, by index and never by a scan. */
import { and, count, countDistinct, eq, inArray } from "drizzle-orm";
import { BANDS } from "../rzero/near-duplicates.ts";
import { writeInPieces } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { iterations } from "./schema/iterations.ts";
import { BAND_COLUMNS, type MEMORY_VIEWS, questionMemory } from "./schema/memory.ts";

export type MemoryView = (typeof MEMORY_VIEWS)[number];

export interface MemoryEntry {
  readonly questionId: string;
  readonly iterationId: string;
  readonly view: MemoryView;
  /** Id of the first question of its kind for a template, null for a text. */
  readonly kind: string | null;
  /** [BANDS], salted so that no other run or view has the same. */
  readonly bands: readonly number[];
}

export interface MemoryCandidate {
  readonly questionId: string;
  readonly text: string;
  readonly kind: string | null;
}

export interface MemoryRepository {
  /**
   * Stores an entry for each item, in pieces; `entryOf` is called right before, so that it can ask for candidates among
   * those stored so far. What a crash leaves belongs to an iteration that failed, and is never found.
   */
  rememberAll<T>(items: readonly T[], entryOf: (item: T) => MemoryEntry): Promise<void>;
  /**
   * Questions of completed iterations, and of `during` where given, that share a band: at most `perBand` for each, the
   * earliest ones.
   */
  candidates(bands: readonly number[], perBand: number, during?: string): readonly MemoryCandidate[];
  /** Remembered questions of a kind, of completed iterations. */
  kindSize(kind: string): number;
  /** Templates of the run's completed iterations, and their kinds. */
  kinds(runId: string): { readonly questions: number; readonly kinds: number };
}

export function createMemoryRepository(db: Db): MemoryRepository {
  const insertRow = prepareInsert(db, questionMemory);
  const finders = Array.from({ length: BANDS }, (_, band) =>
    db.$client.prepare(`
      select m.question_id as questionId, q.text, m.kind
      from question_memory m
      join iterations i on i.id = m.iteration_id
      join questions q on q.id = m.question_id
      where m.band_${band} = ? and (i.state = 'completed' or i.id = ?)
      limit ?`),
  );
  const completed = (runId: string) =>
    db
      .select({ id: iterations.id })
      .from(iterations)
      .where(and(eq(iterations.runId, runId), eq(iterations.state, "completed")));

  return {
    rememberAll: (items, entryOf) =>
      writeInPieces(db, items, (item) => {
        const { bands, ...entry } = entryOf(item);
        const named = Object.fromEntries(BAND_COLUMNS.map((column, band) => [column, bands[band]!]));
        insertRow({ ...entry, ...(named as Record<(typeof BAND_COLUMNS)[number], number>) });
      }),
    candidates: (bands, perBand, during) => {
      const found = bands.flatMap(
        (value, band) => finders[band]!.all(value, during ?? null, perBand) as MemoryCandidate[],
      );
      return [...new Map(found.map((candidate) => [candidate.questionId, candidate])).values()];
    },
    kindSize: (kind) =>
      db
        .select({ size: count() })
        .from(questionMemory)
        .innerJoin(iterations, eq(iterations.id, questionMemory.iterationId))
        .where(and(eq(questionMemory.kind, kind), eq(iterations.state, "completed")))
        .get()!.size,
    kinds: (runId) =>
      db
        .select({ questions: count(questionMemory.kind), kinds: countDistinct(questionMemory.kind) })
        .from(questionMemory)
        .where(inArray(questionMemory.iterationId, completed(runId)))
        .get()!,
  };
}
