/** One row of a data file, read by column; what is not as expected is named by row and column. */
import type { Cells } from "./read-table.ts";

export class Row {
  readonly #cells: Cells;
  /** 1, 2, ... */
  readonly #number: number;

  constructor(cells: Cells, number: number) {
    this.#cells = cells;
    this.#number = number;
  }

  /** A text; numbers as they are written (27, not 27.0). Throws Error where it is missing or empty. */
  text(column: string): string {
    const text = this.optional(column);
    if (text === null) throw this.#wrong(column, "a text", this.#cells[column]);
    return text;
  }

  /** Null where the column is missing, null or empty. */
  optional(column: string): string | null {
    const value = this.#cells[column];
    if (typeof value === "string") return value.trim() === "" ? null : value;
    if (typeof value === "number" || typeof value === "bigint") return String(value);
    if (value === undefined || value === null) return null;
    throw this.#wrong(column, "a text", value);
  }

  /** At least one text. */
  texts(column: string): readonly string[] {
    const value = this.#cells[column];
    if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string")) return value;
    throw this.#wrong(column, "a list of texts", value);
  }

  #wrong(column: string, expected: string, value: unknown): Error {
    const found = value === undefined ? "is missing" : `is ${shorten(JSON.stringify(value, plainNumbers) ?? "null")}`;
    const columns = Object.keys(this.#cells).join(", ");
    return new Error(`row ${this.#number}: column "${column}" ${found}; expected ${expected} (columns: ${columns})`);
  }
}

const plainNumbers = (_key: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}...` : text);
