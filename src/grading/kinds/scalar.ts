/** Numbers and expressions, with or without a unit, and when two of them are the same. */
import { provablySame, sameConstant } from "../expression/algebra-system.ts";
import { solveCalculus } from "../expression/calculus.ts";
import { RealEvaluation } from "../expression/evaluate.ts";
import { exactValue } from "../expression/exact.ts";
import { type Expression, holds, toMathJson, variablesOf } from "../expression/expression.ts";
import { sameNormalForm } from "../expression/normal-form.ts";
import { probe } from "../expression/probing.ts";
import { readExpression } from "../expression/read-expression.ts";
import { MAX_BITS } from "../limits.ts";
import { closeNumbers, sameNumbers } from "../number.ts";
import { integer, multiply, type Rational, reduce, toNumber } from "../rational.ts";
import type { Unit } from "../units.ts";
import type { Scalar } from "../value.ts";
import { decide, different, GradingError, isSame, same, type Verdict } from "../verdict.ts";

/** Throws GradingError. */
export function readScalar(latex: string, unit: Unit | null = null): Scalar {
  return scalarOf(solveCalculus(readExpression(latex)), unit);
}

export function scalarOf(expression: Expression, unit: Unit | null = null): Scalar {
  const exact = exactValue(expression);
  const body = expression.kind === "operation" && expression.name === "Negate" ? expression.args[0]! : expression;
  const step = body.kind === "number" ? body.step : null;
  return { kind: "scalar", expression, exact, step, variables: variablesOf(expression), unit };
}

/** Between doubles of constants: tight, since there is only one point to tell them apart. */
const CONSTANT_TOLERANCE = 1e-12;

const times = (scalar: Scalar, factor: Rational): Scalar => {
  const scaled: Expression = {
    kind: "operation",
    name: "Multiply",
    args: [scalar.expression, { kind: "number", value: factor, step: null }],
  };
  const step = scalar.step && multiply(scalar.step, factor);
  return { ...scalar, expression: scaled, exact: scalar.exact && multiply(scalar.exact, factor), step };
};

/** Units first: unlike dimensions never agree, like ones are converted, a bare number stands for the number in any unit. */
export function compareScalars(a: Scalar, b: Scalar): Verdict {
  if (a.unit === null && b.unit === null) return compareBare(a, b);
  if (a.unit !== null && b.unit !== null) {
    if (a.unit.dimension !== b.unit.dimension) return compareAcrossDimensions(a, b);
    return compareBare(times(a, a.unit.factor), times(b, b.unit.factor));
  }
  const [bare, measured] = a.unit === null ? [a, b] : [b, a];
  const direct = compareBare(bare, measured);
  if (isSame(direct)) return direct;
  const { dimension } = measured.unit!;
  if (dimension === "percent") return compareBare(bare, times(measured, reduce(1n, 100n)));
  if (dimension === "angle") return compareBare(bare, scalarOf(inRadians(measured.expression)));
  if (dimension === "usd") return compareBare(bare, times(measured, measured.unit!.factor));
  return direct;
}

function compareAcrossDimensions(a: Scalar, b: Scalar): Verdict {
  const [first, second] = a.unit!.dimension < b.unit!.dimension ? [a, b] : [b, a];
  if (first.unit!.dimension === "angle" && second.unit!.dimension === "angle-rad") {
    return compareBare(scalarOf(inRadians(first.expression)), second);
  }
  return different("numeric");
}

const inRadians = (degrees: Expression): Expression => ({ kind: "operation", name: "Degrees", args: [degrees] });

function compareBare(a: Scalar, b: Scalar): Verdict {
  if (a.exact !== null && b.exact !== null) {
    return decide(sameNumbers({ value: a.exact, step: a.step }, { value: b.exact, step: b.step }), "numeric");
  }
  const constant = a.variables.size === 0 && b.variables.size === 0;
  return constant ? compareConstants(a, b) : compareExpressions(a, b);
}

/** Doubles tell most constants apart; what they cannot, many digits do. */
function compareConstants(a: Scalar, b: Scalar): Verdict {
  const infinite = [infinityOf(a.expression), infinityOf(b.expression)];
  if (infinite[0] !== 0 || infinite[1] !== 0) return decide(infinite[0] === infinite[1], "numeric");
  const probed = probe(a.expression, b.expression, CONSTANT_TOLERANCE);
  if (probed === "agree") {
    // Numbers can be near a rational without being it: e^(pi sqrt 163) is almost an integer.
    const suspect = (a.exact === null) !== (b.exact === null);
    if (!suspect || sameConstant(toMathJson(a.expression), toMathJson(b.expression)) !== false) return same("numeric");
  }
  const step = a.step ?? b.step;
  const [x, y] = [realValue(a), realValue(b)];
  if (step !== null && closeNumbers(x, y, step)) return same("numeric");
  if (probed !== "unknown") return different("numeric");
  return askAlgebra(a, b, "numeric");
}

/** Algebra proves, probing refutes; where probing agrees without a proof, it says so. */
function compareExpressions(a: Scalar, b: Scalar): Verdict {
  if (sameNormalForm(a.expression, b.expression)) return same("symbolic");
  const probed = probe(a.expression, b.expression);
  if (probed === "unknown") return askAlgebra(a, b, "symbolic");
  return decide(probed === "agree", "probing");
}

const proven = (a: Scalar, b: Scalar) => provablySame(toMathJson(a.expression), toMathJson(b.expression));

function askAlgebra(a: Scalar, b: Scalar, how: "numeric" | "symbolic"): Verdict {
  if (tooLarge(a) || tooLarge(b)) {
    throw new GradingError("too-large", `a number of more than ${MAX_BITS} bits cannot be compared`);
  }
  if (proven(a, b)) return same("symbolic");
  const step = a.step ?? b.step;
  if (how === "numeric" || isDefinite(a, b)) {
    const exactly = sameConstant(
      toMathJson(a.expression),
      toMathJson(b.expression),
      step === null ? 0 : toNumber(step),
    );
    if (exactly !== null) return decide(exactly, "numeric");
  }
  const calculus = [a, b].some(({ expression }) => holds(expression, (part) => part.kind === "calculus"));
  if (!calculus && oneIsUndefined(a, b)) return different(how);
  throw new GradingError("undecided", "neither algebra nor numbers tell whether the two are the same");
}

const isDefinite = (a: Scalar, b: Scalar) => [...a.variables, ...b.variables].every((name) => name === "?");
const tooLarge = ({ exact, expression, variables }: Scalar) =>
  exact === null && variables.size === 0 && !Number.isFinite(realValue({ expression })) && holds(expression, isGrowing);
const isGrowing = (part: Expression) =>
  part.kind === "operation" && ["Power", "Factorial", "Binomial", "Exp", "Factorial2"].includes(part.name);

/** One of two constants or expressions has values somewhere, the other nowhere. */
function oneIsUndefined(a: Scalar, b: Scalar): boolean {
  return (probe(a.expression, a.expression) === "unknown") !== (probe(b.expression, b.expression) === "unknown");
}

/** 1, -1, or 0 for anything finite. */
export function infinityOf(expression: Expression): number {
  if (expression.kind === "constant" && expression.name === "Infinity") return 1;
  if (expression.kind === "operation" && expression.name === "Negate") return -infinityOf(expression.args[0]!) + 0;
  return 0;
}

/** NaN where it has none. */
export function realValue({ expression }: Pick<Scalar, "expression">): number {
  return new RealEvaluation().value(expression, {});
}

export const wholeScalar = (value: number): Scalar => scalarOf({ kind: "number", value: integer(value), step: null });
