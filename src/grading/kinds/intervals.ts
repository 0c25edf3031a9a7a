/** Sets of reals as disjoint, ascending intervals: from interval notation, unions, inequalities and their combinations. */
import type { Expression } from "../expression/expression.ts";
import type { Interval, Of, Scalar } from "../value.ts";
import { decide, different, isSame, type Verdict } from "../verdict.ts";
import { compareScalars, infinityOf, realValue, scalarOf } from "./scalar.ts";

const INFINITY: Expression = { kind: "constant", name: "Infinity" };
export const PLUS_INFINITY = scalarOf(INFINITY);
export const MINUS_INFINITY = scalarOf({ kind: "operation", name: "Negate", args: [INFINITY] });
export const REALS: readonly Interval[] = [
  { low: MINUS_INFINITY, high: PLUS_INFINITY, lowClosed: false, highClosed: false },
];

/** Where it lies; NaN for endpoints with variables. */
export function position(endpoint: Scalar): number {
  const infinite = infinityOf(endpoint.expression);
  return infinite === 0 ? realValue(endpoint) : infinite * Number.POSITIVE_INFINITY;
}

/** Null where an endpoint is no real constant or nothing lies between them. */
export function intervalOf(low: Scalar, high: Scalar, lowClosed: boolean, highClosed: boolean): Interval | null {
  const [from, to] = [position(low), position(high)];
  if (!(from < to || (from === to && lowClosed && highClosed && Number.isFinite(from)))) return null;
  return { low, high, lowClosed: lowClosed && Number.isFinite(from), highClosed: highClosed && Number.isFinite(to) };
}

/** In the form that is compared: ascending, joined where they touch. */
export function unionOf(parts: readonly Interval[]): readonly Interval[] {
  const sorted = [...parts].sort(
    (a, b) => position(a.low) - position(b.low) || Number(b.lowClosed) - Number(a.lowClosed) || 0,
  );
  const joined: Interval[] = [];
  for (const part of sorted) {
    const last = joined.at(-1);
    const gap = last ? position(part.low) - position(last.high) : Number.NaN;
    const touches = last && (gap < 0 || (gap === 0 && (part.lowClosed || last.highClosed)));
    if (!last || !touches) joined.push(part);
    else if (position(part.high) > position(last.high)) {
      joined[joined.length - 1] = { ...last, high: part.high, highClosed: part.highClosed };
    } else if (position(part.high) === position(last.high) && part.highClosed) {
      joined[joined.length - 1] = { ...last, highClosed: true };
    }
  }
  return joined;
}

export function intersectionOf(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  return unionOf(
    a.flatMap((left) =>
      b.flatMap((right) => {
        const lowGap = position(left.low) - position(right.low);
        const highGap = position(left.high) - position(right.high);
        const low = lowGap >= 0 ? left.low : right.low;
        const high = highGap <= 0 ? left.high : right.high;
        const lowClosed =
          lowGap === 0 ? left.lowClosed && right.lowClosed : lowGap > 0 ? left.lowClosed : right.lowClosed;
        const highClosed =
          highGap === 0 ? left.highClosed && right.highClosed : highGap < 0 ? left.highClosed : right.highClosed;
        const part = intervalOf(low, high, lowClosed, highClosed);
        return part ? [part] : [];
      }),
    ),
  );
}

/** The reals without these points. */
export function withoutPoints(from: readonly Interval[], points: readonly Scalar[]): readonly Interval[] {
  return points.reduce<readonly Interval[]>((left, point) => {
    const below = intervalOf(MINUS_INFINITY, point, false, false);
    const above = intervalOf(point, PLUS_INFINITY, false, false);
    return below && above ? intersectionOf(left, [below, above]) : left;
  }, from);
}

export function compareIntervals(a: Of<"intervals">, b: Of<"intervals">): Verdict {
  if (a.variable !== null && b.variable !== null && a.variable !== b.variable) return different("interval");
  if (a.parts.length !== b.parts.length) return different("interval");
  const all = a.parts.every((left, index) => {
    const right = b.parts[index]!;
    return (
      left.lowClosed === right.lowClosed &&
      left.highClosed === right.highClosed &&
      isSame(compareScalars(left.low, right.low)) &&
      isSame(compareScalars(left.high, right.high))
    );
  });
  return decide(all, "interval");
}
