/**
 * Expressions as quotients of polynomials in what is left when sums, products and whole powers are multiplied out:
 * variables, roots, functions. Two expressions with the same quotient are the same, by algebra alone and in microseconds;
 * the converse does not hold (sin^2 + cos^2 and 1 are different quotients).
 */
import { add, integer, multiply, type Rational } from "../rational.ts";
import { exactValue } from "./exact.ts";
import type { Expression } from "./expression.ts";

/** Monomials of one polynomial; more are not multiplied out. */
const MAX_TERMS = 200;
const MAX_POWER = 12;
/** Digits of one coefficient. */
const MAX_DIGITS = 400n;

/** Coefficients by monomial; a monomial is its factors in order, repeated as often as they occur. */
type Polynomial = ReadonlyMap<string, Rational>;
interface Quotient {
  readonly top: Polynomial;
  readonly bottom: Polynomial;
}

const SEPARATOR = "\u0001";
const ONE: Polynomial = new Map([["", integer(1)]]);

/** Are the two equal as quotients? False also where they are too large to be multiplied out. */
export function sameNormalForm(a: Expression, b: Expression): boolean {
  try {
    const [left, right] = [quotientOf(a), quotientOf(b)];
    return keyOf(product(left.top, right.bottom)) === keyOf(product(right.top, left.bottom));
  } catch (error) {
    if (error instanceof TooLarge) return false;
    throw error;
  }
}

class TooLarge extends Error {}

function quotientOf(expression: Expression): Quotient {
  if (expression.kind === "number") return whole(constant(expression.value));
  if (expression.kind !== "operation") return whole(atom(expression));
  const { name, args } = expression;
  switch (name) {
    case "Add":
      return args.map(quotientOf).reduce(plus);
    case "Subtract":
      return plus(quotientOf(args[0]!), negated(quotientOf(args[1]!)));
    case "Negate":
      return negated(quotientOf(args[0]!));
    case "Multiply":
      return args.map(quotientOf).reduce(times);
    case "Divide":
      return times(quotientOf(args[0]!), inverse(quotientOf(args[1]!)));
    case "Power": {
      const exponent = exactValue(args[1]!);
      if (exponent === null || exponent.denominator !== 1n || absolute(exponent.numerator) > MAX_POWER) break;
      const base = quotientOf(args[0]!);
      return power(exponent.numerator < 0n ? inverse(base) : base, Number(absolute(exponent.numerator)));
    }
  }
  return whole(atom(expression));
}

const whole = (top: Polynomial): Quotient => ({ top, bottom: ONE });
const constant = (value: Rational): Polynomial => new Map(value.numerator === 0n ? [] : [["", value]]);
const atom = (expression: Expression): Polynomial => new Map([[atomKey(expression), integer(1)]]);
const absolute = (n: bigint): bigint => (n < 0n ? -n : n);

/** Equal for parts that differ only in notation: their arguments are in normal form. */
function atomKey(expression: Expression): string {
  switch (expression.kind) {
    case "operation":
    case "function":
      return `${expression.kind}:${expression.name}(${expression.args.map(quotientKey).join(";")})`;
    case "symbol":
    case "constant":
      return `${expression.kind}:${expression.name}`;
    case "series":
      return `${expression.name}:${expression.index}(${[expression.body, expression.from, expression.to].map(quotientKey).join(";")})`;
    default:
      return JSON.stringify(expression, (_, value) => (typeof value === "bigint" ? String(value) : value));
  }
}

const quotientKey = (expression: Expression): string => {
  const { top, bottom } = quotientOf(expression);
  return `${keyOf(top)}/${keyOf(bottom)}`;
};

const keyOf = (polynomial: Polynomial): string =>
  [...polynomial]
    .map(([monomial, { numerator, denominator }]) => `${numerator}/${denominator}*${monomial}`)
    .sort()
    .join("+");

function plus(a: Quotient, b: Quotient): Quotient {
  if (keyOf(a.bottom) === keyOf(b.bottom)) return { top: sum(a.top, b.top), bottom: a.bottom };
  return { top: sum(product(a.top, b.bottom), product(b.top, a.bottom)), bottom: product(a.bottom, b.bottom) };
}

const times = (a: Quotient, b: Quotient): Quotient => ({
  top: product(a.top, b.top),
  bottom: product(a.bottom, b.bottom),
});
const negated = (a: Quotient): Quotient => ({ top: product(a.top, constant(integer(-1))), bottom: a.bottom });

function inverse({ top, bottom }: Quotient): Quotient {
  if (top.size === 0) throw new TooLarge();
  return { top: bottom, bottom: top };
}

function power(base: Quotient, exponent: number): Quotient {
  let result: Quotient = whole(ONE);
  for (let i = 0; i < exponent; i++) result = times(result, base);
  return result;
}

function sum(a: Polynomial, b: Polynomial): Polynomial {
  const result = new Map(a);
  for (const [monomial, coefficient] of b) put(result, monomial, coefficient);
  return result;
}

function product(a: Polynomial, b: Polynomial): Polynomial {
  const result = new Map<string, Rational>();
  for (const [left, x] of a) {
    for (const [right, y] of b) put(result, joined(left, right), multiply(x, y));
  }
  return result;
}

function put(polynomial: Map<string, Rational>, monomial: string, coefficient: Rational): void {
  const before = polynomial.get(monomial);
  const after = before ? add(before, coefficient) : coefficient;
  if (after.numerator === 0n) polynomial.delete(monomial);
  else polynomial.set(monomial, after);
  if (polynomial.size > MAX_TERMS || absolute(after.numerator) > 10n ** MAX_DIGITS) throw new TooLarge();
}

function joined(a: string, b: string): string {
  if (a === "" || b === "") return a + b;
  return [...a.split(SEPARATOR), ...b.split(SEPARATOR)].sort().join(SEPARATOR);
}
