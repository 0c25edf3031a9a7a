/** The log of a running phase: answers to what it asked, so that whoever goes on with it does not ask again. */
import { and, asc, eq, ne, sql } from "drizzle-orm";
import { repeatInPieces, writeInPieces } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { constraintError } from "./curriculum-error.ts";
import { phases } from "./schema/iterations.ts";
import { phasePieces } from "./schema/pieces.ts";

export interface PiecesRepository {
  /** The parts of the answer to `question` (32 bytes) in their order; null where it is not there as a whole. */
  find(phaseId: string, question: Buffer): readonly Buffer[] | null;
  /** At least one part. In pieces: an answer that was cut off is none. Can be repeated. */
  insert(phaseId: string, question: Buffer, parts: readonly Uint8Array[]): Promise<void>;
  /** In pieces. */
  forget(phaseId: string): Promise<void>;
  /** What phases left that no longer run: abandoned, or ended a moment before the process did. In pieces. */
  forgetEnded(): Promise<void>;
}

/** Rows deleted by one statement. */
const ROWS = 20;

export function createPiecesRepository(db: Db): PiecesRepository {
  const insertPart = db.$client.prepare(
    "insert or replace into phase_pieces (phase_id, question, part, parts, data) values (?, ?, ?, ?, ?)",
  );
  const forget = async (phaseId: string): Promise<void> => {
    const some = sql`select rowid from ${phasePieces} where ${phasePieces.phaseId} = ${phaseId} limit ${ROWS}`;
    await repeatInPieces(db, () => db.run(sql`delete from ${phasePieces} where rowid in (${some})`).changes);
  };

  return {
    find: (phaseId, question) => {
      const rows = db
        .select({ parts: phasePieces.parts, data: phasePieces.data })
        .from(phasePieces)
        .where(and(eq(phasePieces.phaseId, phaseId), eq(phasePieces.question, question)))
        .orderBy(asc(phasePieces.part))
        .all();
      return rows.length > 0 && rows.length === rows[0]!.parts ? rows.map(({ data }) => data) : null;
    },
    insert: async (phaseId, question, parts) => {
      try {
        await writeInPieces(db, [...parts.entries()], ([part, data]) => {
          insertPart.run(phaseId, question, part, parts.length, data);
        });
      } catch (error) {
        throw constraintError(`inserting a piece of phase ${phaseId}`, error);
      }
    },
    forget,
    forgetEnded: async () => {
      const ended = db
        .selectDistinct({ id: phasePieces.phaseId })
        .from(phasePieces)
        .innerJoin(phases, eq(phases.id, phasePieces.phaseId))
        .where(ne(phases.state, "running"))
        .all();
      for (const { id } of ended) await forget(id);
    },
  };
}
