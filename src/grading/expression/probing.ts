/**
 * Two expressions by their values at fixed points.
 *
 * Real points first, from ranges on both sides of zero and one: roots and logarithms have their domains. A point where one
 * of the two has no real value says nothing. Where real points say too little, whole numbers are asked (n! and (-1)^n live
 * there), then complex points. One clear difference is a refutation; MIN_POINTS agreements and no difference are agreement.
 */
import { Complex } from "complex.js";
import { complexValue, type Point, RealEvaluation, unitHash } from "./evaluate.ts";
import { type Expression, holds, variablesOf } from "./expression.ts";

const RANGES: readonly (readonly [number, number])[] = [
  [0.1, 0.95],
  [1.1, 3.7],
  [-0.95, -0.1],
  [-3.7, -1.1],
  [5, 23],
  [-23, -5],
  [-2, 2],
];
const POINTS_PER_RANGE = 3;
const MIN_POINTS = 3;
const RELATIVE = 1e-9;
/** Of the largest summand: what rounding leaves of a difference that is zero. */
const ROUNDING = 1e-13;

export type Probed = "agree" | "differ" | "unknown";

const close = (a: number, b: number, peak: number, relative: number): boolean =>
  Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b)) + ROUNDING * peak;

/** Do the two have the same value wherever both have one? */
export function probe(a: Expression, b: Expression, relative = RELATIVE): Probed {
  const names = [...new Set([...variablesOf(a), ...variablesOf(b)])].sort();
  const either = (operators: ReadonlySet<string>) => [a, b].some((each) => holds(each, isOneOf(operators)));
  // On the real line a conjugate is the number itself.
  if (names.length > 0 && either(CONJUGATES)) return probeComplex(a, b, names, relative);
  for (const points of [realPoints(names), wholePoints(names)]) {
    const found = probeReal(a, b, points, relative);
    if (found === "agree" && either(STEPS))
      return probeReal(a, b, jumps(names), relative) === "differ" ? "differ" : found;
    if (found !== "unknown") return found;
  }
  return probeComplex(a, b, names, relative);
}

const CONJUGATES: ReadonlySet<string> = new Set(["Conjugate"]);
const STEPS: ReadonlySet<string> = new Set(["Floor", "Ceil", "Round", "Mod"]);
const isOneOf = (operators: ReadonlySet<string>) => (part: Expression) =>
  part.kind === "operation" && operators.has(part.name);

function probeReal(a: Expression, b: Expression, points: readonly Point[], relative: number): Probed {
  let agreed = 0;
  for (const point of points) {
    const evaluation = new RealEvaluation();
    const left = evaluation.value(a, point);
    const right = evaluation.value(b, point);
    if (!Number.isFinite(left) || !Number.isFinite(right)) continue;
    if (!close(left, right, evaluation.peak, relative)) return "differ";
    agreed++;
  }
  return agreed > 0 && agreed >= Math.min(MIN_POINTS, points.length) ? "agree" : "unknown";
}

function probeComplex(a: Expression, b: Expression, names: readonly string[], relative: number): Probed {
  let agreed = 0;
  const points = complexPoints(names);
  for (const point of points) {
    const left = complexValue(a, point);
    const right = complexValue(b, point);
    if (!left || !right || !left.isFinite() || !right.isFinite()) continue;
    const size = Math.max(left.abs(), right.abs());
    if (left.sub(right).abs() > relative * size + 1e-12) return "differ";
    agreed++;
  }
  return agreed > 0 && agreed >= Math.min(MIN_POINTS, points.length) ? "agree" : "unknown";
}

/** A number in [0, 1) of a variable and a place: fixed, and spread evenly over the places. */
const spread = (name: string, place: number) => (unitHash(name) + place * 0.6180339887498949) % 1;

export function realPoints(names: readonly string[]): readonly Point[] {
  if (names.length === 0) return [{}];
  return RANGES.flatMap(([low, high], range) =>
    Array.from({ length: POINTS_PER_RANGE }, (_, place) =>
      pointOf(names, (name) => low + (high - low) * spread(name, range * POINTS_PER_RANGE + place)),
    ),
  );
}

function wholePoints(names: readonly string[]): readonly Point[] {
  if (names.length === 0) return [];
  return Array.from({ length: 8 }, (_, place) =>
    pointOf(names, (name) => 1 + place + Math.floor(5 * spread(name, place))),
  );
}

/** Where steps are: whole numbers, powers among them, for all names the same and each its own. */
function jumps(names: readonly string[]): readonly Point[] {
  if (names.length === 0) return [];
  return Array.from({ length: 32 }, (_, place) =>
    pointOf(names, (name) => 1 + (place % 16) + (place < 16 ? 0 : Math.floor(9 * spread(name, place)))),
  );
}

function complexPoints(names: readonly string[]): readonly Point[] {
  if (names.length === 0) return [{}];
  return Array.from({ length: 6 }, (_, place) =>
    pointOf(names, (name) => new Complex(0.3 + 2 * spread(name, place), 0.2 + 1.5 * spread(name, place + 50))),
  );
}

function pointOf(names: readonly string[], value: (name: string) => number | Complex): Point {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}
