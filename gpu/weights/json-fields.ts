import { CheckpointError } from "./checkpoint-error.ts";

/** Typed reads of one JSON object; every refusal says file, field, value and what would be right. */
export class JsonFields {
  readonly label: string;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  constructor(object: Readonly<Record<string, unknown>>, label: string, prefix = "") {
    this.#object = object;
    this.label = label;
    this.#prefix = prefix;
  }

  refuse(code: "malformed" | "unsupported", field: string, value: unknown, expected: string): never {
    const found = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
    throw new CheckpointError(code, `${this.label}: ${this.#prefix}${field} ${found}; expected ${expected}`);
  }

  /** Neither missing nor null. */
  has(field: string): boolean {
    return (this.#object[field] ?? null) !== null;
  }

  count(field: string, absent?: number): number {
    const value = this.#object[field] ?? absent;
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
    return this.refuse("malformed", field, value, "a positive integer");
  }

  positive(field: string, absent?: number): number {
    const value = this.#object[field] ?? absent;
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    return this.refuse("malformed", field, value, "a positive number");
  }

  /** null where there is none. */
  nonNegative(field: string): number | null {
    const value = this.#object[field] ?? null;
    if (value === null || (typeof value === "number" && Number.isFinite(value) && value >= 0)) return value;
    return this.refuse("malformed", field, value, "a number that is not negative");
  }

  flag(field: string, absent: boolean): boolean {
    const value = this.#object[field] ?? absent;
    return typeof value === "boolean" ? value : this.refuse("malformed", field, value, "true or false");
  }

  /** One id, a list of ids, or none. */
  tokenIds(field: string, vocabularySize: number): number[] {
    const value = this.#object[field] ?? [];
    const ids = Array.isArray(value) ? value : [value];
    for (const id of ids) {
      if (Number.isSafeInteger(id) && id >= 0 && id < vocabularySize) continue;
      this.refuse("malformed", field, value, `token ids below vocab_size ${vocabularySize}`);
    }
    return ids;
  }

  /** Absent, null or exactly `value`. */
  only(field: string, value: string | boolean | number | null): void {
    const found = this.#object[field] ?? value;
    if (found !== value) this.refuse("unsupported", field, found, `${JSON.stringify(value)} or nothing`);
  }
}
