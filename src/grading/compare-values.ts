/**
 * When two values are the same: one row per kind. A value may also be read as another kind (x = 5 as 5, (1, 2) as an open
 * interval, "no solution" as the empty set): it agrees with a value of that kind, but two values are never both re-read, so
 * x = 5 is not y = 5.
 */
import { compareIntervals, intervalOf, REALS, unionOf } from "./kinds/intervals.ts";
import { compareEquations, compareInequalities } from "./kinds/relations.ts";
import { compareScalars, scalarOf, wholeScalar } from "./kinds/scalar.ts";
import { add, divide, equalRationals, multiply, negate } from "./rational.ts";
import type { Interval, Kind, Scalar, Value } from "./value.ts";
import { decide, different, GradingError, isSame, type Verdict } from "./verdict.ts";

type Of<K extends Kind> = Extract<Value, { kind: K }>;

interface Rule<K extends Kind> {
  readonly same: (a: Of<K>, b: Of<K>) => Verdict;
  /** What else it may be read as. */
  readonly also: (value: Of<K>) => readonly Value[];
}

const none = () => [];

const RULES: { readonly [K in Kind]: Rule<K> } = {
  scalar: { same: compareScalars, also: none },
  list: { same: compareLists, also: asElement },
  tuple: { same: compareTuples, also: asInterval },
  intervals: { same: compareIntervals, also: asWords },
  matrix: { same: compareMatrices, also: asTuple },
  equation: { same: compareEquationsOrLabels, also: ({ value }) => (value === null ? [] : [value]) },
  inequality: { same: compareInequalities, also: none },
  choice: {
    same: (a, b) => decide(a.letter === b.letter, "choice"),
    also: ({ content }) => (content === null ? [] : [content]),
  },
  ratio: { same: compareRatios, also: asQuotient },
  residue: { same: compareResidues, also: none },
  time: {
    same: (a, b) => decide(sameTime(a, b), "time"),
    also: ({ minutes, half }) =>
      half === null
        ? [{ kind: "ratio", terms: [wholeScalar(Math.floor(minutes / 60)), wholeScalar(minutes % 60)] }]
        : [],
  },
  date: {
    same: (a, b) =>
      decide(
        a.month === b.month && a.day === b.day && (a.year === null || b.year === null || a.year === b.year),
        "date",
      ),
    also: none,
  },
  words: { same: (a, b) => decide(a.text === b.text, "text"), also: inMathematics },
};

const sameOfKind = (a: Value, b: Value): Verdict => (RULES[a.kind].same as (a: Value, b: Value) => Verdict)(a, b);
const readings = (value: Value): readonly Value[] =>
  (RULES[value.kind].also as (value: Value) => readonly Value[])(value);

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

const distinct = (items: readonly Value[]): Value[] =>
  items.reduce<Value[]>((kept, item) => (kept.some((each) => agree(each, item)) ? kept : [...kept, item]), []);

const sameInOrder = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((item, index) => agree(item, b[index]!));

function compareLists(a: Of<"list">, b: Of<"list">): Verdict {
  return decide(sameElements(a.items, b.items), "set");
}

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

/** A list of one is its element, an empty one no solution; without braces it may be a point. */
function asElement(list: Of<"list">): readonly Value[] {
  if (list.items.length === 0) return [{ kind: "words", text: "no solution" }];
  if (list.items.length === 1) return list.items;
  const point: Value = { kind: "tuple", open: "(", items: list.items };
  return list.braces ? asAssignments(list) : [point, ...asAssignments(list)];
}

/** a = 1, b = 2 is (1, 2) in the order of the names. */
function asAssignments({ items }: Of<"list">): readonly Value[] {
  const named = items.flatMap((item) =>
    item.kind === "equation" && item.label !== null && item.value !== null ? [item] : [],
  );
  const labels = new Set(named.map(({ label }) => label));
  if (named.length === items.length && labels.size === items.length) {
    const inOrder = [...named].sort((a, b) => (a.label! < b.label! ? -1 : 1)).map(({ value }) => value!);
    return [{ kind: "tuple", open: "(", items: inOrder }];
  }
  return [];
}

function asInterval({ open, items }: Of<"tuple">): readonly Value[] {
  const closed = open === "[";
  const [low, high] = items;
  const interval: Interval | null =
    open !== "<" && items.length === 2 && low!.kind === "scalar" && high!.kind === "scalar"
      ? intervalOf(low as Scalar, high as Scalar, closed, closed)
      : null;
  return interval ? [{ kind: "intervals", parts: [interval], variable: null }] : [];
}

function asWords({ parts }: Of<"intervals">): readonly Value[] {
  return parts.length === 0 ? [{ kind: "words", text: "no solution" }] : [];
}

/** A row or a column is a vector. */
function asTuple({ rows }: Of<"matrix">): readonly Value[] {
  if (rows.length === 1) return [{ kind: "tuple", open: "(", items: rows[0]! }];
  return rows.every((row) => row.length === 1) ? [{ kind: "tuple", open: "(", items: rows.map((row) => row[0]!) }] : [];
}

function asQuotient({ terms }: Of<"ratio">): readonly Value[] {
  if (terms.length !== 2) return [];
  return [scalarOf({ kind: "operation", name: "Divide", args: terms.map(({ expression }) => expression) })];
}

function inMathematics({ text }: Of<"words">): readonly Value[] {
  if (text === "no solution") return [{ kind: "list", items: [], braces: true }];
  return text === "all real numbers" ? [{ kind: "intervals", parts: unionOf(REALS), variable: null }] : [];
}
