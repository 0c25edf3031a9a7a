/** Rows in memory, listed newest first with the id of the last row as cursor. */
import type { Page, PageRequest } from "../../../src/records/records.ts";
import { ServiceError } from "../../../src/training/services.ts";

export class Table<Row extends { readonly id: string }> {
  readonly #rows = new Map<string, Row>();
  readonly #noun: string;
  readonly #prefix: string;
  constructor(noun: string, prefix: string) {
    this.#noun = noun;
    this.#prefix = prefix;
  }

  nextId(): string {
    return `${this.#prefix}_${String(this.#rows.size + 1).padStart(6, "0")}`;
  }

  put(row: Row): Row {
    this.#rows.set(row.id, row);
    return row;
  }

  get(id: string): Row {
    const row = this.#rows.get(id);
    if (row === undefined) {
      throw new ServiceError("not-found", `There is no ${this.#noun} ${id}.`, { field: "id", value: id });
    }
    return row;
  }

  change(id: string, change: Partial<Row>): Row {
    return this.put({ ...this.get(id), ...change });
  }

  remove(id: string): void {
    this.#rows.delete(id);
  }

  all(): Row[] {
    return [...this.#rows.values()];
  }

  page({ limit, after }: PageRequest, keep: (row: Row) => boolean): Page<Row> {
    const rows = this.all().filter(keep).reverse();
    let start = 0;
    if (after !== null) {
      const found = rows.findIndex(({ id }) => id === after);
      if (found < 0) {
        throw new ServiceError("invalid-value", `"${after}" is no cursor of this list.`, {
          field: "after",
          value: after,
        });
      }
      start = found + 1;
    }
    const data = rows.slice(start, start + limit);
    const hasMore = start + limit < rows.length;
    return { data, hasMore, nextCursor: hasMore ? (data.at(-1)?.id ?? null) : null };
  }
}
