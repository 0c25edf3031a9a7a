/** What is in the file, counted, and whether it holds together. */
import type { Db } from "./client.ts";

export interface Integrity {
  /** Rows by table; tables of SQLite and of migrations left out. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows that refer to one that is not there, by table. */
  readonly danglingReferences: readonly string[];
  /** What SQLite finds wrong with the file itself. */
  readonly damage: readonly string[];
}

/** Reads the whole file: seconds for a large one. */
export function integrityOf(db: Pick<Db, "$client">): Integrity {
  const all = <T>(sql: string) => db.$client.prepare(sql).pluck().all() as T[];
  const tables = all<string>(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '\\_\\_%' escape '\\'",
  );
  return {
    rows: Object.fromEntries(tables.map((name) => [name, all<number>(`select count(*) from "${name}"`)[0]!])),
    danglingReferences: all<string>(`select "table" || ' ' || rowid || ' -> ' || parent from pragma_foreign_key_check`),
    damage: all<string>("pragma integrity_check").filter((line) => line !== "ok"),
  };
}
