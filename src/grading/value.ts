/** An answer as what it is: one type per kind, told apart by `kind`. */
import type { Expression } from "./expression/expression.ts";
import type { Rational } from "./rational.ts";
import type { Unit } from "./units.ts";

export interface Scalar {
  readonly kind: "scalar";
  readonly expression: Expression;
  /** Where it has an exact rational value. */
  readonly exact: Rational | null;
  /** One unit of the last place of a lone decimal. */
  readonly step: Rational | null;
  readonly variables: ReadonlySet<string>;
  readonly unit: Unit | null;
}

export interface Interval {
  readonly low: Scalar;
  readonly high: Scalar;
  readonly lowClosed: boolean;
  readonly highClosed: boolean;
}

export type Value =
  | Scalar
  /** Without order; `braces` where written as a set. */
  | { readonly kind: "list"; readonly items: readonly Value[]; readonly braces: boolean }
  | { readonly kind: "tuple"; readonly open: "(" | "[" | "<"; readonly items: readonly Value[] }
  /** Disjoint, ascending. `variable`: of the inequality it was. */
  | { readonly kind: "intervals"; readonly parts: readonly Interval[]; readonly variable: string | null }
  | { readonly kind: "matrix"; readonly rows: readonly (readonly Value[])[] }
  /** left = right. `label`, `value`: where one side is just a name, it and what stands on the other. */
  | {
      readonly kind: "equation";
      readonly difference: Expression | null;
      readonly label: string | null;
      readonly value: Value | null;
    }
  /** difference < 0, or <= 0; all of them. */
  | {
      readonly kind: "inequality";
      readonly constraints: readonly { readonly difference: Expression; readonly strict: boolean }[];
    }
  | { readonly kind: "choice"; readonly letter: string; readonly content: Value | null }
  | { readonly kind: "ratio"; readonly terms: readonly Scalar[] }
  /** value modulo modulus, which is not zero. */
  | { readonly kind: "residue"; readonly value: Scalar; readonly modulus: Scalar }
  /** Minutes after midnight; `half` null where neither a.m. nor p.m. nor a 24-hour time says which. */
  | { readonly kind: "time"; readonly minutes: number; readonly half: "am" | "pm" | null }
  | { readonly kind: "date"; readonly year: number | null; readonly month: number; readonly day: number }
  | { readonly kind: "words"; readonly text: string };

export type Kind = Value["kind"];

/** The value of one kind. */
export type Of<K extends Kind> = Extract<Value, { kind: K }>;
