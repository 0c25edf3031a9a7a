/**
 * Pages, newest first. The cursor is the id of the last row shown: ids only grow, so rows added meanwhile come before
 * it and never shift what is still to be read, and a deleted cursor still marks its place.
 */
import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Page, PageRequest } from "../records/records.ts";
import { CurriculumError, found } from "./curriculum-error.ts";
import { idPrefix, type Named } from "./ids.ts";

export const MAX_PAGE = 200;

export interface PageQuery {
  readonly where: SQL | undefined;
  readonly orderBy: SQL;
  readonly limit: number;
}

/**
 * One page of the rows that satisfy `filters` (undefined ones are absent). `fetch` runs the query it is given.
 * Throws CurriculumError `invalid-value` for a limit outside 1..200 or a cursor of another noun.
 */
export function readPage<T extends { readonly id: string }>(
  noun: Named,
  id: AnySQLiteColumn,
  page: PageRequest,
  filters: readonly (SQL | undefined)[],
  fetch: (query: PageQuery) => readonly T[],
): Page<T> {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > MAX_PAGE) {
    throw new CurriculumError("invalid-value", `limit must be an integer from 1 to ${MAX_PAGE}, not ${page.limit}`, {
      value: page.limit,
    });
  }
  if (page.after !== null && !page.after.startsWith(idPrefix(noun))) {
    throw new CurriculumError("invalid-value", `${JSON.stringify(page.after)} is not a cursor of this list`, {
      value: page.after,
    });
  }
  const beyond = page.after === null ? undefined : lt(id, page.after);
  // One row more than asked tells whether there is another page.
  const rows = fetch({ where: and(...filters, beyond), orderBy: desc(id), limit: page.limit + 1 });
  const data = rows.slice(0, page.limit);
  const hasMore = rows.length > page.limit;
  return { data, hasMore, nextCursor: hasMore ? data[data.length - 1]!.id : null };
}

/** `column = value`, or no condition where the filter is not given. */
export const equals = (column: AnySQLiteColumn, value: string | undefined): SQL | undefined =>
  value === undefined ? undefined : eq(column, value);

/**
 * The rows with these ids, in the order of the ids and as often as they are asked for. Throws CurriculumError
 * `not-found` for an id without a row.
 */
export function readMany<T extends { readonly id: string }>(
  noun: Named,
  ids: readonly string[],
  fetch: (isOneOfThem: (id: AnySQLiteColumn) => SQL) => readonly T[],
): readonly T[] {
  // One parameter however many ids: SQLite limits the number of parameters, not their length.
  const asJson = JSON.stringify(ids);
  const rows = new Map(
    fetch((id) => sql`${id} in (select value from json_each(${asJson}))`).map((row) => [row.id, row]),
  );
  return ids.map((id) => found(rows.get(id) ?? null, noun, id));
}
