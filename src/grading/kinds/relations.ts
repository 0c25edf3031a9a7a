/** Equations and inequalities that are no mere value of a name: the same if one can be rearranged into the other. */
import { type Point, RealEvaluation } from "../expression/evaluate.ts";
import { exactValue } from "../expression/exact.ts";
import { type Expression, variablesOf } from "../expression/expression.ts";
import { realPoints } from "../expression/probing.ts";
import { add, divide, integer, negate, type Rational } from "../rational.ts";
import type { Of } from "../value.ts";
import { decide, different, GradingError, same, type Verdict } from "../verdict.ts";

type Equation = Of<"equation">;
type Inequality = Of<"inequality">;
type Constraint = Inequality["constraints"][number];

const RELATIVE = 1e-8;

export function compareEquations(a: Equation, b: Equation): Verdict {
  if (a.difference === null || b.difference === null) return different("equation");
  const [left, right] = [a.difference, b.difference];
  const names = [...variablesOf(left)].sort();
  if (names.join() !== [...variablesOf(right)].sort().join()) return different("equation");
  const ratio = constantRatio(left, right);
  if (ratio === "unknown") throw new GradingError("undecided", "the two equations have no values to compare");
  if (ratio !== "varies") return same("equation");
  return decide(sameRoots(left, right, names), "equation");
}

/** Constraints of like strictness, each with its positive multiple. */
export function compareInequalities(a: Inequality, b: Inequality): Verdict {
  const left = [...b.constraints];
  const all =
    a.constraints.length === left.length &&
    a.constraints.every((constraint) => {
      const match = left.findIndex((each) => each.strict === constraint.strict && positiveMultiple(each, constraint));
      if (match >= 0) left.splice(match, 1);
      return match >= 0;
    });
  return decide(all, "inequality");
}

const positiveMultiple = (a: Constraint, b: Constraint): boolean => {
  const ratio = constantRatio(a.difference, b.difference);
  return typeof ratio === "number" && ratio > 0;
};

/** left / right where it is the same non-zero number at every point. */
function constantRatio(left: Expression, right: Expression): number | "varies" | "unknown" {
  const names = [...new Set([...variablesOf(left), ...variablesOf(right)])].sort();
  const ratios: number[] = [];
  for (const point of realPoints(names)) {
    const evaluation = new RealEvaluation();
    const [x, y] = [evaluation.value(left, point), evaluation.value(right, point)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const noise = 1e-11 * evaluation.peak;
    if (Math.abs(x) <= noise && Math.abs(y) <= noise) continue;
    if (Math.abs(x) <= noise || Math.abs(y) <= noise) return "varies";
    ratios.push(x / y);
  }
  if (ratios.length < (names.length === 0 ? 1 : 3)) return "unknown";
  // At one point everything is proportional: f(3) = 7 is not f(3) = 8.
  if (names.length === 0 && Math.abs(Math.abs(ratios[0]!) - 1) > RELATIVE) return "varies";
  return ratios.every((ratio) => Math.abs(ratio - ratios[0]!) <= RELATIVE * Math.abs(ratios[0]!))
    ? ratios[0]!
    : "varies";
}

/** Points of one curve lie on the other, and the other way round; found along one variable, the others fixed. */
function sameRoots(a: Expression, b: Expression, names: readonly string[]): boolean {
  let found = 0;
  for (const variable of names) {
    for (const point of realPoints(names)) {
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const root = rootNear(one, variable, point);
        if (root === null) continue;
        const evaluation = new RealEvaluation();
        const rest = evaluation.value(other, root);
        if (!Number.isFinite(rest)) continue;
        if (Math.abs(rest) > 1e-6 * Math.max(1e-6, evaluation.peak)) return false;
        found++;
      }
    }
  }
  return found >= 8;
}

/** Newton's method in one variable; null where it does not settle. */
function rootNear(f: Expression, variable: string, start: Point): Point | null {
  let x = start[variable] as number;
  const at = (value: number) => new RealEvaluation().value(f, { ...start, [variable]: value });
  for (let step = 0; step < 40; step++) {
    const y = at(x);
    const h = 1e-6 * Math.max(1, Math.abs(x));
    const slope = (at(x + h) - at(x - h)) / (2 * h);
    if (!Number.isFinite(y) || !Number.isFinite(slope) || slope === 0) return null;
    const next = x - y / slope;
    if (Math.abs(next - x) <= 1e-13 * Math.max(1, Math.abs(x)))
      return Math.abs(next) < 1e6 ? { ...start, [variable]: next } : null;
    x = next;
  }
  return null;
}

/** a x + b with rational a, b; null where the expression is not of that form. */
export function linearIn(expression: Expression, variable: string): { slope: Rational; constant: Rational } | null {
  const at = (value: number) => exactValue(substitute(expression, variable, integer(value)));
  const [zero, one, two, five] = [at(0), at(1), at(2), at(-5)];
  if (!zero || !one || !two || !five) return null;
  const slope = add(one, negate(zero));
  const line = (x: bigint) => add(zero, { numerator: slope.numerator * x, denominator: slope.denominator });
  const fits = [two, five].every((value, index) => add(line([2n, -5n][index]!), negate(value)).numerator === 0n);
  return fits && slope.numerator !== 0n ? { slope, constant: zero } : null;
}

/** -b / a */
export const rootOfLine = ({ slope, constant }: { slope: Rational; constant: Rational }): Rational =>
  negate(divide(constant, slope)!);

function substitute(expression: Expression, variable: string, value: Rational): Expression {
  switch (expression.kind) {
    case "symbol":
      return expression.name === variable ? { kind: "number", value, step: null } : expression;
    case "operation":
    case "function":
      return { ...expression, args: expression.args.map((arg) => substitute(arg, variable, value)) };
    default:
      return expression;
  }
}
