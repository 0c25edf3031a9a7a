/** What else a value may be read as: x = 5 as 5, (1, 2) as an open interval, "no solution" as the empty set. */
import { intervalOf, REALS } from "./kinds/intervals.ts";
import { scalarOf, wholeScalar } from "./kinds/scalar.ts";
import type { Interval, Kind, Of, Scalar, Value } from "./value.ts";

const none = () => [];

const READINGS: { readonly [K in Kind]: (value: Of<K>) => readonly Value[] } = {
  scalar: none,
  list: asElement,
  tuple: asInterval,
  intervals: asWords,
  matrix: asTuple,
  equation: ({ value }) => (value === null ? [] : [value]),
  inequality: none,
  choice: ({ content }) => (content === null ? [] : [content]),
  ratio: asQuotient,
  residue: none,
  time: asRatio,
  date: none,
  words: inMathematics,
};

export const readings = (value: Value): readonly Value[] =>
  (READINGS[value.kind] as (value: Value) => readonly Value[])(value);

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
  return text === "all real numbers" ? [{ kind: "intervals", parts: REALS, variable: null }] : [];
}

/** 3:30 without a half of the day may be a ratio. */
function asRatio({ minutes, half }: Of<"time">): readonly Value[] {
  if (half !== null) return [];
  return [{ kind: "ratio", terms: [wholeScalar(Math.floor(minutes / 60)), wholeScalar(minutes % 60)] }];
}
