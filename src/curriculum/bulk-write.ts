/**
 * Writes of many rows that let others work meanwhile. SQLite is synchronous: a transaction of 30,000 rows would hold
 * the event loop for a second. So rows are written in pieces, each its own transaction that ends after PIECE_MS, with
 * a turn of the event loop between them. The limit is time and not rows, because a row may hold ten tokens or ten thousand.
 */
import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import type { Db } from "./client.ts";
import { CurriculumError, constraintError } from "./curriculum-error.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { BULK_RELATIONS, type BulkRelation, bulkInserts } from "./schema/housekeeping.ts";

/** Milliseconds of writing in a piece; committing comes on top. Measured in README. */
const PIECE_MS = 2;

/**
 * Calls `write` for every item, in pieces. `finishPiece(from, to)` runs in the same transaction as its piece. A crash
 * or an error leaves the pieces before it: for writes that can simply be done again.
 */
export async function writeInPieces<T>(
  db: Db,
  items: readonly T[],
  write: (item: T) => void,
  finishPiece?: (from: number, to: number) => void,
): Promise<void> {
  refuseInsideTransaction(db);
  const writePiece = db.$client.transaction((from: number): number => {
    const deadline = performance.now() + PIECE_MS;
    let to = from;
    do write(items[to++]!);
    while (to < items.length && performance.now() < deadline);
    finishPiece?.(from, to);
    return to;
  });
  for (let from = 0; from < items.length; ) {
    from = writePiece.immediate(from);
    if (from < items.length) await nextTurn();
  }
}

/** Repeats `write`, which returns how many rows it changed, until it changes none; in pieces. */
export async function repeatInPieces(db: Db, write: () => number): Promise<void> {
  refuseInsideTransaction(db);
  const writePiece = db.$client.transaction((): boolean => {
    const deadline = performance.now() + PIECE_MS;
    do if (write() === 0) return true;
    while (performance.now() < deadline);
    return false;
  });
  while (!writePiece.immediate()) await nextTurn();
}

/**
 * Inserts all rows or none. Until the last piece is written, `bulk_inserts` lists the ids of the rows that are there:
 * an error takes them back at once, a crash leaves the list to `discardBulkInserts` at the next start. Readers may see
 * a part of the rows meanwhile. `complete` runs in the transaction of the last piece. Throws CurriculumError `conflict`
 * where a constraint refuses a row.
 */
export async function insertAll<T extends { readonly id: string }>(
  db: Db,
  relation: BulkRelation,
  rows: readonly T[],
  insert: (row: T) => void,
  complete?: () => void,
): Promise<void> {
  const batch = randomUUID();
  const journal = prepareInsert(db, bulkInserts);
  try {
    await writeInPieces(db, rows, insert, (from, to) => {
      if (to < rows.length) journal({ batch, relation, rowIds: rows.slice(from, to).map((row) => row.id) });
      else {
        if (from > 0) db.delete(bulkInserts).where(eq(bulkInserts.batch, batch)).run();
        complete?.();
      }
    });
  } catch (error) {
    discardBulkInserts(db, batch);
    throw constraintError(`inserting ${rows.length} ${relation}`, error);
  }
}

/** Takes back what bulk inserts wrote and did not finish: of one batch, or all (at start). Returns the number of rows. */
export function discardBulkInserts(db: Db, batch?: string): number {
  const mine = batch === undefined ? sql`true` : eq(bulkInserts.batch, batch);
  return db.$client
    .transaction(() => {
      let rows = 0;
      for (const relation of BULK_RELATIONS) {
        rows += db.run(sql`
          delete from ${sql.identifier(relation)} where id in (
            select value from ${bulkInserts}, json_each(${bulkInserts.rowIds})
            where ${bulkInserts.relation} = ${relation} and ${mine})`).changes;
      }
      db.delete(bulkInserts).where(mine).run();
      return rows;
    })
    .immediate();
}

/** A piece that waits for the event loop inside somebody's transaction would tear that transaction apart. */
function refuseInsideTransaction(db: Db): void {
  if (!db.$client.inTransaction) return;
  throw new CurriculumError("conflict", "bulk writes make their own transactions and cannot run inside another");
}
