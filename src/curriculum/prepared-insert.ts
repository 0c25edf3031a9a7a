/** One prepared INSERT per table: what bulk writes of tens of thousands of rows need. */
import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Db } from "./client.ts";

/**
 * A function that inserts a row of `table`. Values go through the column's own mapping; null stays NULL (a placeholder
 * of drizzle's would store JSON null and `false` instead). A column left out is NULL, or the next number for an integer
 * primary key.
 */
export function prepareInsert<T extends SQLiteTable>(db: Db, table: T): (row: T["$inferInsert"]) => void {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, column]) => `"${column.name}"`).join(", ");
  const marks = columns.map(() => "?").join(", ");
  const statement = db.$client.prepare(`insert into "${getTableName(table)}" (${names}) values (${marks})`);
  return (row) => {
    const values = row as Record<string, unknown>;
    statement.run(
      columns.map(([field, column]) => {
        const value = values[field] ?? null;
        return value === null ? null : column.mapToDriverValue(value);
      }),
    );
  };
}
