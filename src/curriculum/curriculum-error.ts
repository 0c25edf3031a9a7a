/** What storage refuses, with the value it refused. */
export type CurriculumErrorCode =
  | "not-found"
  | "invalid-value"
  /** The state of a row forbids it, e.g. completing a cancelled operation. */
  | "invalid-transition"
  /** Other rows forbid it, e.g. deleting a checkpoint that a run stands on. */
  | "conflict"
  /** The file was written by a newer version. */
  | "incompatible-database"
  /** SQLite finds the file, or its log, in a state that nobody wrote. */
  | "damaged-database";

export class CurriculumError extends Error {
  override readonly name = "CurriculumError";
  readonly code: CurriculumErrorCode;
  /** The offending value, where there is one. */
  readonly value: unknown;
  constructor(code: CurriculumErrorCode, message: string, options: { value?: unknown; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.value = options.value;
  }
}

/** The row, or `not-found`. */
export function found<T>(row: T | null, noun: string, id: string): T {
  if (row === null) throw new CurriculumError("not-found", `there is no ${noun} ${JSON.stringify(id)}`, { value: id });
  return row;
}

/** Runs a write and turns a violated constraint into a CurriculumError that names it. */
export function constrained<T>(what: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw constraintError(what, error);
  }
}

/**
 * A CurriculumError where the database refused a constraint, otherwise the error itself: `conflict` where other rows
 * stand in the way (foreign key, unique), `invalid-value` where the row itself is wrong (check, type, missing value).
 */
export function constraintError(what: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  // drizzle wraps what the driver threw.
  if (!code.startsWith("SQLITE_CONSTRAINT")) return error.cause === undefined ? error : fromCause(what, error);
  const kind = ROW_FAULTS.has(code) ? "invalid-value" : "conflict";
  return new CurriculumError(kind, `${what}: ${error.message}`, { cause: error });
}

const ROW_FAULTS = new Set(["SQLITE_CONSTRAINT_CHECK", "SQLITE_CONSTRAINT_DATATYPE", "SQLITE_CONSTRAINT_NOTNULL"]);

function fromCause(what: string, error: Error): unknown {
  const cause = constraintError(what, error.cause);
  return cause instanceof CurriculumError ? cause : error;
}
