/** Column kinds and CHECK expressions that several tables share. */
import { type SQL, sql } from "drizzle-orm";
import { type AnySQLiteColumn, customType, text } from "drizzle-orm/sqlite-core";

/** Any JSON value. `json_valid` is checked by the table (`isJson`). */
export const json = <T>(name: string) => text(name, { mode: "json" }).$type<T>();

/**
 * JSON whose leaves are numbers (metrics, reward parts). JSON has no NaN, Infinity or -0, and a metric that silently
 * turns into null hides exactly the step one wants to see; so those three are written as strings and read back.
 */
export const numbersJson = <T>(name: string) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value, (_key, leaf) => (isPlainInJson(leaf) ? leaf : numberText(leaf))),
    fromDriver: (stored) => JSON.parse(stored, (_key, leaf) => (typeof leaf === "string" ? Number(leaf) : leaf)) as T,
  })(name);

const isPlainInJson = (leaf: unknown) => typeof leaf !== "number" || (Number.isFinite(leaf) && !Object.is(leaf, -0));
const numberText = (leaf: number) => (Object.is(leaf, -0) ? "-0" : String(leaf));

/** Values of a closed list, e.g. the states of a job. The list's type is checked against the record where it is used. */
export const oneOf = (column: AnySQLiteColumn, values: readonly string[]): SQL =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;

export const between = (column: AnySQLiteColumn, low: number, high: number): SQL =>
  sql`${column} between ${sql.raw(String(low))} and ${sql.raw(String(high))}`;

export const atLeast = (column: AnySQLiteColumn, low: number): SQL => sql`${column} >= ${sql.raw(String(low))}`;

export const isJson = (column: AnySQLiteColumn, type: "object" | "array"): SQL =>
  sql`json_valid(${column}) and json_type(${column}) = ${sql.raw(`'${type}'`)}`;

export const hasPrefix = (column: AnySQLiteColumn, prefix: string): SQL =>
  sql`${column} glob ${sql.raw(`'${prefix}_?*'`)}`;

/** RFC 3339 in UTC, e.g. 2026-01-02T03:04:05.678Z. */
export const isTime = (column: AnySQLiteColumn): SQL =>
  sql`${column} glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'`;

export const ROLES = ["challenger", "solver"] as const;
/** As stored with iterations, phases and evaluations: whether those are paused is read from their operation. */
export const JOB_STATES = ["queued", "running", "completed", "failed", "cancelled"] as const;
export const OPERATION_STATES = [...JOB_STATES, "paused"] as const;
export const ENDED_STATES = ["completed", "failed", "cancelled"] as const;
export const PHASE_KINDS = ["evaluate-base", "challenger", "pool", "votes", "solver", "evaluate"] as const;
