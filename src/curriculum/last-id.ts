/** The largest id in the file, whatever it names: ids made from now on must be larger, also where the clock went back. */
import type { Db } from "./client.ts";
import { ulidOf } from "./ids.ts";

/** Null where nothing is stored yet. */
export function lastId(db: Db): string | null {
  const tables = db.$client
    .prepare(
      `select t.name from sqlite_master t join pragma_table_info(t.name) c
       where t.type = 'table' and c.name = 'id' and c.type = 'TEXT' and c.pk = 1`,
    )
    .pluck()
    .all() as string[];
  const ids = tables
    .map((name) => db.$client.prepare(`select max(id) from "${name}"`).pluck().get() as string | null)
    .filter((id) => id !== null && /^[a-z]+_[0-9A-Z]{26}$/.test(id)) as string[];
  return ids.reduce<string | null>((last, id) => (last !== null && ulidOf(last) > ulidOf(id) ? last : id), null);
}
