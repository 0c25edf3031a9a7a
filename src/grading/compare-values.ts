/**
 * When two values are the same: one row per kind. A value may also be read as another kind (readings.ts): it agrees with a
 * value of that kind, but two values are never both re-read, so x = 5 is not y = 5.
 */
import { compareIntervals } from "./kinds/intervals.ts";
import { compareEquations, compareInequalities } from "./kinds/relations.ts";
import { compareScalars } from "./kinds/scalar.ts";
import { add, divide, equalRationals, multiply, negate } from "./rational.ts";
import { readings } from "./readings.ts";
import type { Kind, Of, Value } from "./value.ts";
import { decide, different, GradingError, isSame, type Verdict } from "./verdict.ts";

const SAME: { readonly [K in Kind]: (a: Of<K>, b: Of<K>) => Verdict } = {
  scalar: compareScalars,
  list: (a, b) => decide(sameElements(a.items, b.items), "set"),
  tuple: compareTuples,
  intervals: compareIntervals,
  matrix: compareMatrices,
  equation: compareEquationsOrLabels,
  inequality: compareInequalities,
  choice: (a, b) => decide(a.letter === b.letter, "choice"),
  ratio: compareRatios,
  residue: compareResidues,
  time: (a, b) => decide(sameTime(a, b), "time"),
  date: (a, b) => decide(sameDay(a, b), "date"),
  words: (a, b) => decide(a.text === b.text, "text"),
};

const sameOfKind = (a: Value, b: Value): Verdict => (SAME[a.kind] as (a: Value, b: Value) => Verdict)(a, b);

/** Symmetric. Throws GradingError where nothing could tell. */
export function compareValues(a: Value, b: Value): Verdict {
  const pairs: (readonly [Value, Value])[] = [[a, b]];
  for (const reading of readings(b)) pairs.push([a, reading]);
  for (const reading of readings(a)) pairs.push([reading, b]);
  let difference: Verdict | null = null;
  let failure: GradingError | null = null;
  for (const [left, right] of pairs) {
    if (left.kind !== right.kind) continue;
    try {
      const verdict = sameOfKind(left, right);
      if (isSame(verdict)) return verdict;
      difference ??= verdict;
    } catch (error) {
      if (!(error instanceof GradingError)) throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  return difference ?? nested(a, b) ?? different("kind");
}

/** x = 2 or x = 3 against {2, 3}, y = (1, 2) against a column: a second reading below the first. */
function nested(a: Value, b: Value): Verdict | null {
  for (const [outer, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (outer.kind !== "equation" && outer.kind !== "choice") continue;
    if (other.kind === "equation" || other.kind === "choice") continue;
    for (const reading of readings(outer)) return compareValues(reading, other);
  }
  return null;
}

const agree = (a: Value, b: Value): boolean => isSame(compareValues(a, b));

/** Each of one has its own partner in the other; repetitions count once. */
function sameElements(a: readonly Value[], b: readonly Value[]): boolean {
  const [left, right] = [distinct(a), distinct(b)];
  if (left.length !== right.length) return false;
  const free = [...right];
  return left.every((item) => {
    const partner = free.findIndex((each) => agree(item, each));
    if (partner >= 0) free.splice(partner, 1);
    return partner >= 0;
  });
}

function distinct(items: readonly Value[]): readonly Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!kept.some((each) => agree(each, item))) kept.push(item);
  return kept;
}

const sameInOrder = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((item, index) => agree(item, b[index]!));

/** (a, b) and [a, b] differ; <a, b> is the vector (a, b). */
function compareTuples(a: Of<"tuple">, b: Of<"tuple">): Verdict {
  const brackets = (open: string) => (open === "<" ? "(" : open);
  if (brackets(a.open) !== brackets(b.open)) return different("tuple");
  return decide(sameInOrder(a.items, b.items), "tuple");
}

function compareMatrices(a: Of<"matrix">, b: Of<"matrix">): Verdict {
  const all = a.rows.length === b.rows.length && a.rows.every((row, index) => sameInOrder(row, b.rows[index]!));
  return decide(all, "matrix");
}

function compareEquationsOrLabels(a: Of<"equation">, b: Of<"equation">): Verdict {
  const function_ = (label: string | null) => label !== null && (label === "y" || /^[a-zA-Z]\(/.test(label));
  const together =
    a.label !== null &&
    b.label !== null &&
    (a.label === b.label ||
      withoutIndex(a.label) === b.label ||
      a.label === withoutIndex(b.label) ||
      (function_(a.label) && function_(b.label)));
  if (together && a.value !== null && b.value !== null) {
    const values = compareValues(a.value, b.value);
    if (isSame(values)) return values;
  }
  return compareEquations(a, b);
}

/** x_1 and x_2 are both values of x. */
const withoutIndex = (label: string): string => label.replace(/_\d+$/, "");

function compareRatios(a: Of<"ratio">, b: Of<"ratio">): Verdict {
  const proportional =
    a.terms.length === b.terms.length &&
    a.terms.every((term, index) => {
      const [x, y, first, other] = [term.exact, b.terms[index]!.exact, a.terms[0]!.exact, b.terms[0]!.exact];
      if (x && y && first && other) return equalRationals(multiply(x, other), multiply(y, first));
      return agree(term, b.terms[index]!);
    });
  return decide(proportional, "ratio");
}

/** a = b mod m if m divides a - b, for numbers; expressions must agree. */
function compareResidues(a: Of<"residue">, b: Of<"residue">): Verdict {
  const [x, y, m] = [a.value.exact, b.value.exact, a.modulus.exact];
  if (!isSame(compareScalars(a.modulus, b.modulus))) return different("residue");
  if (!x || !y || !m) return decide(agree(a.value, b.value), "residue");
  const gap = divide(add(x, negate(y)), m);
  return decide(gap !== null && gap.denominator === 1n, "residue");
}

function sameTime(a: Of<"time">, b: Of<"time">): boolean {
  if (a.half !== null && b.half !== null) return a.minutes === b.minutes;
  return a.minutes % 720 === b.minutes % 720;
}

function sameDay(a: Of<"date">, b: Of<"date">): boolean {
  return a.month === b.month && a.day === b.day && (a.year === null || b.year === null || a.year === b.year);
}
