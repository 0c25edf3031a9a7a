/**
 * A database file that is damaged: a page that was overwritten, a log that was cut where no power cut cuts it. Nothing that is
 * read from it can be trusted and nothing can be written, so whoever finds out ends the service. Full or failing disks are
 * another matter: they get well.
 */
import { statSync } from "node:fs";
import type Database from "better-sqlite3";
import { CurriculumError } from "./curriculum-error.ts";

const DAMAGE = /^SQLITE_(CORRUPT|NOTADB)/;

/** What SQLite said, where `error` or what caused it is damage; otherwise null. */
export function damageOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && DAMAGE.test(String(at.code))) return at.message;
  }
  return null;
}

export const damaged = (file: string, found: string, cause?: unknown): CurriculumError =>
  new CurriculumError("damaged-database", `${file} is damaged (${found})`, { value: found, cause });

/** Whoever had the file open last did not close it: its log is still there. */
export function wasLeftOpen(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Reads the whole file, rows and indexes: 3 to 4 seconds for each GiB. Throws CurriculumError `damaged-database`. */
export function refuseDamage(client: Database.Database): void {
  const [found] = client.pragma("integrity_check(1)") as { integrity_check: string }[];
  if (found!.integrity_check !== "ok") throw damaged(client.name, inOneLine(found!.integrity_check));
  const dangling = client.pragma("foreign_key_check") as readonly { table: string; parent: string }[];
  const [first] = dangling;
  if (first === undefined) return;
  throw damaged(client.name, `${dangling.length} rows refer to none, the first of ${first.table} to ${first.parent}`);
}

/** Without the name of the database, which is `main`. */
const inOneLine = (said: string): string =>
  said
    .replace(/^\*\*\*.*\*\*\*/, "")
    .trim()
    .replace(/\s+/g, " ");

/** The same, with `found` told whatever its methods, and those of its repositories, throw or reject with. */
export function watched<T extends object>(part: T, found: (error: unknown) => void): T {
  const members = Object.entries(part).map(([name, member]) => [
    name,
    typeof member === "function"
      ? watchedMethod(member as (...given: unknown[]) => unknown, found)
      : watched(member as object, found),
  ]);
  return Object.fromEntries(members) as T;
}

function watchedMethod(method: (...given: unknown[]) => unknown, found: (error: unknown) => void) {
  const tell = (error: unknown): never => {
    found(error);
    throw error;
  };
  return (...given: unknown[]): unknown => {
    try {
      const result = method(...given);
      if (result instanceof Promise) return result.catch(tell);
      return isIterable(result) ? watchedItems(result, tell) : result;
    } catch (error) {
      return tell(error);
    }
  };
}

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

async function* watchedItems<T>(items: AsyncIterable<T>, tell: (error: unknown) => never): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    tell(error);
  }
}
