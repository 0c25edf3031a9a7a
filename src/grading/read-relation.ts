/** Equations, chains of equalities, inequalities, membership. */
import type { Expression } from "./expression/expression.ts";
import {
  intersectionOf,
  intervalOf,
  MINUS_INFINITY,
  PLUS_INFINITY,
  REALS,
  unionOf,
  withoutPoints,
} from "./kinds/intervals.ts";
import { linearIn, rootOfLine } from "./kinds/relations.ts";
import { readScalar, scalarOf } from "./kinds/scalar.ts";
import { isWordy } from "./kinds/words.ts";
import type { ReadPart } from "./read-answer.ts";
import { splitTopLevel } from "./split.ts";
import type { Interval, Scalar, Value } from "./value.ts";
import { GradingError } from "./verdict.ts";

const RELATION =
  /\s*(?:=|\\approx(?![a-zA-Z])|\\equiv(?![a-zA-Z])|\\to(?![a-zA-Z])|\\le(?![a-zA-Z])|\\ge(?![a-zA-Z])|\\ne(?![a-zA-Z])|\\in(?![a-zA-Z])|<|>)\s*/;
const EQUALITY = new Set(["=", "\\approx"]);

/** What only names the value: `x`, `f(x)`, `x_1`, `AB`, `\angle ABC`, `(x, y)`, `P(A \cap B)`, `Area`. */
const LABEL =
  /^(?:m?\s*\\(?:angle|triangle|overline|bar|tilde|vec|theta|alpha|beta|gamma|phi|lambda|mu|sigma|Delta|pi)\s*)?\{?(?:\\frac\{d[a-z]?\}\{d[a-z]\}|(?:[a-z]|[A-Z]{1,3})?'*(?:\^\{-1\})?(?:_\w|_\{[\w+-]{1,10}\})?(?:\([^()=]{1,20}\)|\[[^[\]=]{1,20}\])?|\([a-z](?:\s*,\s*[a-z]){1,3}\)|\|[A-Z]{1,3}\||[A-Za-z]{2,6}\s*\([^()=]{1,20}\)|[a-zA-Z]{1,2}(?:\s*:\s*[a-zA-Z]{1,2}){1,3}|\\(?:sin|cos|tan|cot)\s*\\?[a-zA-Z]{1,6})\}?$/;

export function readRelation(text: string, read: ReadPart): Value | null {
  const { parts: sides, separators: signs } = splitTopLevel(text, RELATION);
  if (signs.length === 0) return null;
  if (signs.some((sign) => sign === "\\equiv" || sign === "\\to")) return null;
  // `x = ` and `> 5`: half a relation says what it says.
  if (sides.at(-1) === "") throw new GradingError("unparsable", "a relation without a right side");
  if (signs.every((sign) => EQUALITY.has(sign))) return equality(sides, read);
  if (signs.length === 1 && signs[0] === "\\in") return membership(sides, read);
  if (signs.length === 1 && signs[0] === "\\ne") return exclusion(sides);
  return inequality(sides[0] === "" ? ["x", ...sides.slice(1)] : sides, signs);
}

function equality(sides: readonly string[], read: ReadPart): Value {
  const [first, last] = [sides[0]!, sides.at(-1)!];
  const isLabel = (side: string) => side === "" || LABEL.test(side) || (isWordy(side) && !/\d/.test(side));
  if (isLabel(first) || sides.length > 2) {
    return {
      kind: "equation",
      label: isLabel(first) ? labelText(first) : null,
      value: read(last),
      difference: differenceOf(first, last),
    };
  }
  if (isLabel(last))
    return { kind: "equation", label: labelText(last), value: read(first), difference: differenceOf(first, last) };
  const difference = differenceOf(first, last);
  if (difference === null) throw new GradingError("unparsable", "an equation whose sides cannot be read");
  const constant = scalarOf(difference).variables.size === 0;
  return { kind: "equation", label: null, value: constant ? read(last) : null, difference };
}

const labelText = (side: string) => side.replace(/[\s{}]/g, "");

/** left - right; null where a side is no expression. */
function differenceOf(left: string, right: string): Expression | null {
  try {
    if (isWordy(left) || isWordy(right)) return null;
    return subtract(readScalar(left).expression, readScalar(right).expression);
  } catch (error) {
    if (error instanceof GradingError) return null;
    throw error;
  }
}

const subtract = (a: Expression, b: Expression): Expression => ({ kind: "operation", name: "Subtract", args: [a, b] });

/** `x \in (1, 2]`: the set. */
function membership([left, right]: readonly string[], read: ReadPart): Value | null {
  if (!/^[a-zA-Z](?:_\w)?$|^\([a-z,\s]+\)$/.test(left!)) return null;
  const set = read(right!);
  return set.kind === "intervals" ? { ...set, variable: left! } : set;
}

/** `x \ne 3`: everything else. */
function exclusion([left, right]: readonly string[]): Value {
  const [variable, point] = nameAndValue(readScalar(left!), readScalar(right!)) ?? [];
  if (variable === undefined) throw new GradingError("unparsable", "an inequation of expressions");
  return { kind: "intervals", parts: withoutPoints(REALS, [point!]), variable };
}

function nameAndValue(left: Scalar, right: Scalar): [string, Scalar] | null {
  if (left.expression.kind === "symbol" && right.variables.size === 0) return [left.expression.name, right];
  if (right.expression.kind === "symbol" && left.variables.size === 0) return [right.expression.name, left];
  return null;
}

/** Of one variable, linear: intervals. Else the constraints as they are. */
function inequality(sides: readonly string[], signs: readonly string[]): Value {
  const scalars = sides.map((side) => readScalar(side));
  const links = signs.map((sign, index) => {
    const [left, right] = [scalars[index]!, scalars[index + 1]!];
    const swapped = sign === ">" || sign === "\\ge";
    if (!["<", ">", "\\le", "\\ge"].includes(sign)) throw new GradingError("unparsable", `a chain with ${sign}`);
    // small < large, or <=
    return { small: swapped ? right : left, large: swapped ? left : right, strict: sign === "<" || sign === ">" };
  });
  const variables = new Set(scalars.flatMap(({ variables: own }) => [...own]));
  const [variable] = variables;
  if (variables.size === 1) {
    const areas = links.map((link) => solutionOf(link, variable!));
    if (areas.every((area) => area !== null)) {
      return { kind: "intervals", parts: areas.reduce(intersectionOf, REALS), variable: variable! };
    }
  }
  const constraints = links.map(({ small, large, strict }) => ({
    difference: subtract(small.expression, large.expression),
    strict,
  }));
  return { kind: "inequality", constraints };
}

interface Link {
  readonly small: Scalar;
  readonly large: Scalar;
  readonly strict: boolean;
}

/** Where small < large (or <=): x or |x| against a constant, or linear in x with rational coefficients. */
function solutionOf({ small, large, strict }: Link, variable: string): readonly Interval[] | null {
  const inside = insideBars(small);
  if (inside && large.variables.size === 0) {
    // |a| < c is -c < a < c
    const above = solutionOf({ small: negative(large), large: inside, strict }, variable);
    const below = solutionOf({ small: inside, large, strict }, variable);
    return above && below && intersectionOf(above, below);
  }
  const outside = insideBars(large);
  if (outside && small.variables.size === 0) {
    // |a| > c is a > c or a < -c
    const above = solutionOf({ small, large: outside, strict }, variable);
    const below = solutionOf({ small: outside, large: negative(small), strict }, variable);
    return above && below && unionOf([...above, ...below]);
  }
  const area = (interval: Interval | null) => (interval ? [interval] : null);
  if (small.expression.kind === "symbol" && large.variables.size === 0) {
    return area(intervalOf(MINUS_INFINITY, large, false, !strict));
  }
  if (large.expression.kind === "symbol" && small.variables.size === 0) {
    return area(intervalOf(small, PLUS_INFINITY, !strict, false));
  }
  const line = linearIn(subtract(small.expression, large.expression), variable);
  if (!line) return null;
  const root = scalarOf({ kind: "number", value: rootOfLine(line), step: null });
  return area(
    line.slope.numerator > 0n
      ? intervalOf(MINUS_INFINITY, root, false, !strict)
      : intervalOf(root, PLUS_INFINITY, !strict, false),
  );
}

function insideBars({ expression }: Scalar): Scalar | null {
  return expression.kind === "operation" && expression.name === "Abs" ? scalarOf(expression.args[0]!) : null;
}

const negative = ({ expression }: Scalar): Scalar =>
  scalarOf({ kind: "operation", name: "Negate", args: [expression] });
