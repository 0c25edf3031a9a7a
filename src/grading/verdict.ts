/** What a comparison of two answers found, and by which means. */

/** What decided: for an equivalence the kind of proof, for a difference the comparison that told them apart. */
export type How =
  /** The same text once notation is normalised. */
  | "string"
  /** Two constants, exactly or within the tolerance of a rounded decimal (number.ts). */
  | "numeric"
  /** Expressions, equal by the rules of the algebra system. */
  | "symbolic"
  /** Expressions, by their values at fixed points. */
  | "probing"
  | "set"
  | "tuple"
  | "interval"
  | "matrix"
  | "equation"
  | "inequality"
  | "choice"
  | "ratio"
  | "residue"
  | "time"
  | "date"
  /** Words. */
  | "text"
  /** Answers of kinds that never agree, e.g. a matrix and a date. */
  | "kind";

export type GradingErrorCode =
  /** No verdict in time. */
  | "deadline-exceeded"
  /** The worker ran out of memory or died. */
  | "worker-lost"
  | "too-long"
  | "too-deep"
  /** A number too large to compute with. */
  | "too-large"
  /** One of the two is no mathematics that can be read, and no words either. */
  | "unparsable"
  /** Both were read, and neither algebra nor numbers could tell. */
  | "undecided";

export type Verdict =
  | { readonly equivalent: boolean; readonly how: How }
  | { readonly error: GradingErrorCode; readonly message: string };

export const same = (how: How): Verdict => ({ equivalent: true, how });
export const different = (how: How): Verdict => ({ equivalent: false, how });
export const decide = (equivalent: boolean, how: How): Verdict => ({ equivalent, how });
export const isSame = (verdict: Verdict): boolean => "equivalent" in verdict && verdict.equivalent;

/** Why an answer could not be graded; `compare` turns it into a verdict. */
export class GradingError extends Error {
  override readonly name = "GradingError";
  readonly code: GradingErrorCode;
  constructor(code: GradingErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** In one word, as rollouts record it: `numeric`, or `error:deadline-exceeded`. */
export const verdictName = (verdict: Verdict): string => ("error" in verdict ? `error:${verdict.error}` : verdict.how);
