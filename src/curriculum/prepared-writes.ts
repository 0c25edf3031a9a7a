/**
 * Prepared writes, for tens of thousands of rows. drizzle's own prepared statements will not do: they store a null that
 * is given through a placeholder as JSON `null` or as `false`.
 */
import { type Column, getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Db } from "./client.ts";

/**
 * A function that inserts a row of `table`. Values go through the column's own mapping; null stays NULL. A column left out is NULL, or the next number for an integer
 * primary key.
 */
export function prepareInsert<T extends SQLiteTable>(db: Db, table: T): (row: T["$inferInsert"]) => void {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, column]) => `"${column.name}"`).join(", ");
  const marks = columns.map(() => "?").join(", ");
  const statement = db.$client.prepare(`insert into "${getTableName(table)}" (${names}) values (${marks})`);
  return (row) => {
    const values = row as Record<string, unknown>;
    statement.run(columns.map(([field, column]) => toDriver(column, values[field])));
  };
}

/** A function that sets `fields` of the row with an id, and returns how many rows there were: 0 or 1. */
export function prepareUpdate<T extends SQLiteTable, F extends keyof T["$inferInsert"] & string>(
  db: Db,
  table: T,
  fields: readonly F[],
): (id: string, values: Pick<T["$inferInsert"], F>) => number {
  const columns = fields.map((field) => getTableColumns(table)[field]!);
  const assignments = columns.map((column) => `"${column.name}" = ?`).join(", ");
  const statement = db.$client.prepare(`update "${getTableName(table)}" set ${assignments} where "id" = ?`);
  return (id, values) =>
    statement.run(
      fields.map((field, i) => toDriver(columns[i]!, values[field])),
      id,
    ).changes;
}

const toDriver = (column: Column, value: unknown) =>
  value === null || value === undefined ? null : column.mapToDriverValue(value);
