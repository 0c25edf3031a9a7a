/** Opens the database file: pragmas, migrations, and the one handle the repositories share. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { CurriculumError } from "./curriculum-error.ts";
import { damaged, damageOf, refuseDamage, wasLeftOpen } from "./damage.ts";

export type Db = BetterSQLite3Database & { readonly $client: Database.Database };

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

export interface DatabaseOptions {
  /** Path of the file, made if absent, or `:memory:`. */
  readonly file: string;
  /** Folder of drizzle migrations; a test gives its own. */
  readonly migrations?: string;
}

/**
 * Throws CurriculumError `incompatible-database` and `damaged-database`; errors of the file system come through as SqliteError.
 * A file that was left open is looked through: whatever ended its process may have had the disk in its hands.
 */
export function openDatabase({ file, migrations = MIGRATIONS }: DatabaseOptions): Db {
  const leftOpen = wasLeftOpen(file);
  const client = new Database(file);
  try {
    // Another process (a backup, a notebook) may hold the write lock for a moment; waiting beats failing.
    client.pragma("busy_timeout = 5000");
    // Readers never wait for the writer.
    client.pragma("journal_mode = WAL");
    // A killed process loses nothing. A power cut can lose the last transactions, never the file's integrity.
    client.pragma("synchronous = NORMAL");
    // A checkpoint (the log is copied into the file, with fsync) runs inside the commit that reaches this many pages:
    // 1 MB holds the event loop for a few milliseconds, the default 4 MB for 15 to 45. Measured in README.
    client.pragma("wal_autocheckpoint = 250");
    if (leftOpen) refuseDamage(client);
    const db = drizzle(client);
    migrateDatabase(db, migrations);
    return db;
  } catch (error) {
    client.close();
    const damage = damageOf(error);
    throw damage === null ? error : damaged(file, damage, error);
  }
}

/**
 * Foreign keys are off while migrations run. SQLite changes many things only by rebuilding a table (new table, copy,
 * DROP the old one), and with foreign keys on, that DROP deletes every row that refers to it. drizzle-kit writes
 * `PRAGMA foreign_keys=OFF` into such a migration, but its migrator runs it inside a transaction, where SQLite ignores it.
 */
function migrateDatabase(db: Db, folder: string): void {
  const client = db.$client;
  const known = journalTimes(folder);
  const before = appliedTimes(client);
  const unknown = before.filter((time) => !known.includes(time));
  if (unknown.length > 0) {
    throw new CurriculumError(
      "incompatible-database",
      `${client.name} has ${unknown.length} migration(s) this version does not know: it was written by a newer one`,
      { value: unknown },
    );
  }
  client.pragma("foreign_keys = OFF");
  migrate(db, { migrationsFolder: folder });
  if (appliedTimes(client).length > before.length) {
    const violations = client.pragma("foreign_key_check") as readonly unknown[];
    if (violations.length > 0) {
      throw new CurriculumError("incompatible-database", `migrations left ${violations.length} dangling references`, {
        value: violations.slice(0, 10),
      });
    }
  }
  client.pragma("foreign_keys = ON");
}

function journalTimes(folder: string): number[] {
  const journal = JSON.parse(readFileSync(join(folder, "meta", "_journal.json"), "utf8")) as {
    entries: readonly { when: number }[];
  };
  return journal.entries.map((entry) => entry.when);
}

/** `when` of the migrations this file has seen. */
function appliedTimes(client: Database.Database): number[] {
  const table = client.prepare("select 1 from sqlite_master where name = '__drizzle_migrations'").get();
  if (table === undefined) return [];
  const rows = client.prepare("select created_at as time from __drizzle_migrations").all() as { time: number }[];
  return rows.map((row) => Number(row.time));
}
