/** Values of expressions at a point, over the reals or the complex numbers, with the size of what cancelled on the way. */
import { Complex } from "complex.js";
import { toNumber } from "../rational.ts";
import type { Expression } from "./expression.ts";
import { OPERATORS } from "./operators.ts";

export type Point = Readonly<Record<string, number | Complex>>;

/** Terms of a sum that are added one by one. */
const MAX_TERMS = 2000;

/**
 * A real value at a point of real numbers. `peak` is the largest summand met: two values that differ by less than its
 * rounding may be equal. NaN where some part has no real value.
 */
export class RealEvaluation {
  peak = 0;

  value(expression: Expression, point: Point): number {
    switch (expression.kind) {
      case "number":
        return toNumber(expression.value);
      case "constant":
        return REAL_CONSTANTS[expression.name];
      case "symbol":
        return (point[expression.name] as number | undefined) ?? Number.NaN;
      case "operation": {
        const args = expression.args.map((arg) => this.value(arg, point));
        if (expression.name === "Add" || expression.name === "Subtract") this.#note(args);
        // (-8)^{1/3}: the real root, as the radical sign has it.
        if (expression.name === "Power" && args[0]! < 0) return this.#rootOfNegative(expression.args[1]!, args);
        return OPERATORS[expression.name]!.real(...args);
      }
      case "function":
        return unknownFunction(
          expression.name,
          expression.args.map((arg) => this.value(arg, point)),
        );
      case "series":
        return this.#series(expression, point);
      case "calculus":
        return Number.NaN;
    }
  }

  #note(summands: readonly number[]): void {
    for (const summand of summands) if (Number.isFinite(summand)) this.peak = Math.max(this.peak, Math.abs(summand));
  }

  #rootOfNegative(exponent: Expression, [base, power]: number[]): number {
    if (Number.isInteger(power)) return base! ** power!;
    const odd = oddFraction(exponent);
    if (odd === null) return Number.NaN;
    const size = (-base!) ** power!;
    return odd.numerator % 2 === 0 ? size : -size;
  }

  #series({ name, body, index, from, to }: Extract<Expression, { kind: "series" }>, point: Point): number {
    const [low, high] = [this.value(from, point), this.value(to, point)];
    if (!Number.isInteger(low) || !Number.isInteger(high) || high - low > MAX_TERMS) return Number.NaN;
    let result = name === "Sum" ? 0 : 1;
    for (let k = low; k <= high; k++) {
      const term = this.value(body, { ...point, [index]: k });
      result = name === "Sum" ? result + term : result * term;
    }
    return result;
  }
}

const REAL_CONSTANTS = {
  Pi: Math.PI,
  ExponentialE: Math.E,
  ImaginaryUnit: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
} as const;

/** p/q with q odd, as a literal fraction. */
function oddFraction(exponent: Expression): { numerator: number } | null {
  if (exponent.kind === "number" && exponent.value.denominator % 2n === 1n) {
    return { numerator: Number(exponent.value.numerator) };
  }
  if (exponent.kind !== "operation") return null;
  const [top, bottom] = exponent.args;
  if (exponent.name === "Negate") return top ? oddFraction(top) : null;
  if (exponent.name !== "Divide" || top?.kind !== "number" || bottom?.kind !== "number") return null;
  const [p, q] = [toNumber(top.value), toNumber(bottom.value)];
  return Number.isInteger(p) && Number.isInteger(q) && q % 2 !== 0 ? { numerator: p } : null;
}

/** Principal values. Null where an operator has none here. */
export function complexValue(expression: Expression, point: Point): Complex | null {
  switch (expression.kind) {
    case "number":
      return new Complex(toNumber(expression.value), 0);
    case "constant":
      return expression.name === "ImaginaryUnit" ? new Complex(0, 1) : new Complex(REAL_CONSTANTS[expression.name], 0);
    case "symbol": {
      const value = point[expression.name];
      return value === undefined ? null : new Complex(value);
    }
    case "operation": {
      const args: Complex[] = [];
      for (const arg of expression.args) {
        const value = complexValue(arg, point);
        if (value === null) return null;
        args.push(value);
      }
      const operator = OPERATORS[expression.name]!;
      if (operator.complex) return operator.complex(...args);
      return args.every(({ im }) => im === 0) ? new Complex(operator.real(...args.map(({ re }) => re)), 0) : null;
    }
    default:
      return null;
  }
}

/** Some fixed smooth function per name: f(x + 1) and f(1 + x) agree, f(x) and g(x) do not. */
function unknownFunction(name: string, args: readonly number[]): number {
  const seed = unitHash(name);
  return args.reduce(
    (sum, arg, place) => sum + Math.sin(arg * (0.7 + seed) + place + 1) * (1 + seed * (place + 1)),
    seed,
  );
}

/** A name as a number in [0, 1) (FNV-1a). */
export function unitHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  // One more round of mixing: names differ in their last letter only.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
