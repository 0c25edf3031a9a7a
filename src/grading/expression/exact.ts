/**
 * Exact values: rational arithmetic over whatever has a rational value, with powers, roots, factorials and logarithms that
 * come out even. Numbers of up to MAX_BITS bits; beyond, and for everything irrational, there is no exact value.
 */
import { MAX_BITS } from "../limits.ts";
import { add, divide, integer, isInteger, multiply, negate, type Rational, reduce } from "../rational.ts";
import type { Expression } from "./expression.ts";

const ZERO = integer(0);
const ONE = integer(1);

type Exact = (...args: Rational[]) => Rational | null;

/** null: no exact value here; doubles or the algebra system may know more. */
export function exactValue(expression: Expression): Rational | null {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "operation": {
      const rule = RULES[expression.name];
      if (!rule) return null;
      const args: Rational[] = [];
      for (const arg of expression.args) {
        const value = exactValue(arg);
        if (value === null || bits(value) > MAX_BITS) return null;
        args.push(value);
      }
      return rule(...args);
    }
    default:
      return null;
  }
}

const RULES: Readonly<Record<string, Exact>> = {
  Add: (...xs) => xs.reduce(add, ZERO),
  Multiply: (...xs) => (xs.reduce((sum, x) => sum + bits(x), 0) > 4 * MAX_BITS ? null : xs.reduce(multiply, ONE)),
  Subtract: (a, b) => add(a!, negate(b!)),
  Divide: (a, b) => divide(a!, b!),
  Negate: (a) => negate(a!),
  Abs: (a) => (a!.numerator < 0n ? negate(a!) : a!),
  Power: power,
  Sqrt: (a) => root(a!, 2n),
  Root: (a, n) => (isInteger(n!) && n!.numerator > 1n && n!.numerator < 1000n ? root(a!, n!.numerator) : null),
  Factorial: (n) => whole(n!, 3000n, (k) => product(1n, k)),
  Factorial2: (n) => whole(n!, 3000n, (k) => product(1n, k, 2n)),
  Binomial: (n, k) =>
    isInteger(k!) && k!.numerator >= 0n && isInteger(n!) && n!.numerator >= 0n && n!.numerator < 20_000n
      ? integer(choose(n!.numerator, k!.numerator))
      : null,
  Floor: (a) => integer(floor(a!)),
  Ceil: (a) => integer(-floor(negate(a!))),
  Mod: (a, b) => (b!.numerator === 0n ? null : add(a!, negate(multiply(b!, integer(floor(divide(a!, b!)!)))))),
  Max: (...xs) => xs.reduce((a, b) => (compareRationals(a, b) >= 0 ? a : b)),
  Min: (...xs) => xs.reduce((a, b) => (compareRationals(a, b) <= 0 ? a : b)),
  GCD: (...xs) => (xs.every(isInteger) ? integer(xs.map((x) => x.numerator).reduce(gcd)) : null),
  LCM: (...xs) =>
    xs.every((x) => isInteger(x) && x.numerator !== 0n)
      ? integer(xs.map((x) => x.numerator).reduce((a, b) => absolute(a * b) / gcd(a, b)))
      : null,
  Log: (x, base = integer(10)) => logarithm(x!, base),
};

function compareRationals(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function bits({ numerator, denominator }: Rational): number {
  // Four bits a hexadecimal digit; a bigint has no cheaper length.
  return 4 * Math.max(absolute(numerator).toString(16).length, denominator.toString(16).length);
}

/** a^(p/q), where the q-th root comes out even. */
function power(a?: Rational, b?: Rational): Rational | null {
  if (!a || !b) return null;
  if (a.numerator === 0n) return b.numerator > 0n ? ZERO : null;
  if (!isInteger(b)) {
    if (b.denominator > 1000n || a.numerator < 0n) return null;
    const base = root(a, b.denominator);
    return base && power(base, integer(b.numerator));
  }
  const one = a.denominator === 1n && absolute(a.numerator) === 1n;
  if (!one && absolute(b.numerator) * BigInt(bits(a)) > BigInt(4 * MAX_BITS)) return null;
  const size = one ? absolute(b.numerator) % 2n : absolute(b.numerator);
  const [top, bottom] = [a.numerator ** size, a.denominator ** size];
  return b.numerator < 0n ? reduce(bottom, top) : reduce(top, bottom);
}

function root(a: Rational, n: bigint): Rational | null {
  if (a.numerator < 0n) return n % 2n === 0n ? null : mapNull(root(negate(a), n), negate);
  if (bits(a) > 4000) return null;
  const top = wholeRoot(a.numerator, n);
  const bottom = wholeRoot(a.denominator, n);
  return top === null || bottom === null ? null : reduce(top, bottom);
}

const mapNull = (value: Rational | null, change: (value: Rational) => Rational) =>
  value === null ? null : change(value);

/** The integer r >= 0 with r^n = value, by bisection; null where there is none. */
function wholeRoot(value: bigint, n: bigint): bigint | null {
  let low = 0n;
  let high = 1n << (BigInt(value.toString(2).length) / n + 1n);
  while (low <= high) {
    const middle = (low + high) / 2n;
    const tried = middle ** n;
    if (tried === value) return middle;
    if (tried < value) low = middle + 1n;
    else high = middle - 1n;
  }
  return null;
}

/** log_base x where it is a whole number or 1 / a whole number. */
function logarithm(x: Rational, base: Rational): Rational | null {
  if (x.numerator <= 0n || base.numerator <= 0n || bits(x) > 4000) return null;
  const estimate = Math.round(naturalLog(x) / naturalLog(base));
  if (!Number.isFinite(estimate) || Math.abs(estimate) > 10_000) return null;
  const candidate = power(base, integer(estimate));
  return candidate && compareRationals(candidate, x) === 0 ? integer(estimate) : null;
}

const naturalLog = ({ numerator, denominator }: Rational) => bigLog(numerator) - bigLog(denominator);
function bigLog(value: bigint): number {
  const length = value.toString(2).length;
  const shift = Math.max(length - 60, 0);
  return Math.log(Number(value >> BigInt(shift))) + shift * Math.LN2;
}

function whole(n: Rational, limit: bigint, f: (n: bigint) => bigint): Rational | null {
  return isInteger(n) && n.numerator >= 0n && n.numerator <= limit ? integer(f(n.numerator)) : null;
}

/** (to)(to - step)...; the halves multiplied apart, so that factors stay of like size. */
function product(from: bigint, to: bigint, step = 1n): bigint {
  let result = 1n;
  for (let k = to; k > from; k -= step) result *= k;
  return result;
}

function choose(n: bigint, k: bigint): bigint {
  if (k > n) return 0n;
  const few = k < n - k ? k : n - k;
  let result = 1n;
  for (let i = 1n; i <= few; i++) result = (result * (n - few + i)) / i;
  return result;
}

const absolute = (n: bigint): bigint => (n < 0n ? -n : n);
function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [absolute(a), absolute(b)];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
function floor({ numerator, denominator }: Rational): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}
