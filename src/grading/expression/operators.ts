/**
 * The operators an answer may use, one row each: how many arguments, the value over the reals (NaN outside the domain),
 * and, where answers use it there, over the complex numbers. Angles are radians; `Log` without a base is to base 10.
 */
import { Complex } from "complex.js";
import { binomial, factorial, gamma, greatestCommonDivisor } from "./combinatorics.ts";

export interface Operator {
  readonly arity: readonly [number, number];
  readonly real: (...args: number[]) => number;
  readonly complex?: (...args: Complex[]) => Complex;
}

const ONE: readonly [number, number] = [1, 1];
const TWO: readonly [number, number] = [2, 2];
const MANY: readonly [number, number] = [1, 1000];

const unary = (real: (x: number) => number, complex?: (z: Complex) => Complex): Operator =>
  complex ? { arity: ONE, real, complex } : { arity: ONE, real };

const isOdd = (n: number) => Number.isInteger(n) && Math.abs(n % 2) === 1;

/** The real root, also of negative numbers for odd n: the cube root of -8 is -2. */
function realRoot(x: number, n: number): number {
  if (x < 0) return isOdd(n) ? -realRoot(-x, n) : Number.NaN;
  const root = n === 2 ? Math.sqrt(x) : n === 3 ? Math.cbrt(x) : x ** (1 / n);
  const nearest = Math.round(root);
  return nearest ** n === x ? nearest : root;
}

const complexRoot = (z: Complex, n: Complex): Complex =>
  z.im === 0 && n.im === 0 && !Number.isNaN(realRoot(z.re, n.re))
    ? new Complex(realRoot(z.re, n.re), 0)
    : z.pow(n.inverse());

export const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: {
    arity: MANY,
    real: (...xs) => xs.reduce((sum, x) => sum + x, 0),
    complex: (...zs) => zs.reduce((sum, z) => sum.add(z), new Complex(0, 0)),
  },
  Multiply: {
    arity: MANY,
    real: (...xs) => xs.reduce((product, x) => product * x, 1),
    complex: (...zs) => zs.reduce((product, z) => product.mul(z), new Complex(1, 0)),
  },
  Subtract: { arity: TWO, real: (a, b) => a! - b!, complex: (a, b) => a!.sub(b!) },
  Divide: { arity: TWO, real: (a, b) => (b === 0 ? Number.NaN : a! / b!), complex: (a, b) => a!.div(b!) },
  Negate: unary(
    (x) => -x,
    (z) => z.neg(),
  ),
  Power: { arity: TWO, real: (a, b) => (a === 0 && b! <= 0 ? Number.NaN : a! ** b!), complex: (a, b) => a!.pow(b!) },
  Sqrt: unary(
    (x) => realRoot(x, 2),
    (z) => z.sqrt(),
  ),
  Root: { arity: TWO, real: (x, n) => realRoot(x!, n!), complex: (z, n) => complexRoot(z!, n!) },
  Exp: unary(Math.exp, (z) => z.exp()),
  Ln: unary(
    (x) => (x > 0 ? Math.log(x) : Number.NaN),
    (z) => z.log(),
  ),
  Log: {
    arity: [1, 2],
    real: (x, base = 10) => (x! > 0 && base > 0 ? logarithm(x!, base) : Number.NaN),
    complex: (z, base = new Complex(10, 0)) => z!.log().div(base.log()),
  },
  Abs: unary(Math.abs, (z) => new Complex(z.abs(), 0)),
  Norm: unary(Math.abs, (z) => new Complex(z.abs(), 0)),
  Conjugate: unary(
    (x) => x,
    (z) => z.conjugate(),
  ),
  Real: unary(
    (x) => x,
    (z) => new Complex(z.re, 0),
  ),
  Imaginary: unary(
    () => 0,
    (z) => new Complex(z.im, 0),
  ),
  Argument: unary(
    (x) => (x < 0 ? Math.PI : 0),
    (z) => new Complex(z.arg(), 0),
  ),
  Degrees: unary(
    (x) => (x * Math.PI) / 180,
    (z) => z.mul(Math.PI / 180),
  ),
  Sin: unary(sine, (z) => z.sin()),
  Cos: unary(
    (x) => sine(x + Math.PI / 2),
    (z) => z.cos(),
  ),
  Tan: unary(
    (x) => Math.tan(x),
    (z) => z.tan(),
  ),
  Cot: unary(
    (x) => 1 / Math.tan(x),
    (z) => z.cot(),
  ),
  Sec: unary(
    (x) => 1 / Math.cos(x),
    (z) => z.sec(),
  ),
  Csc: unary(
    (x) => 1 / Math.sin(x),
    (z) => z.csc(),
  ),
  Arcsin: unary(Math.asin, (z) => z.asin()),
  Arccos: unary(Math.acos, (z) => z.acos()),
  Arctan: unary(Math.atan, (z) => z.atan()),
  Arccot: unary((x) => Math.PI / 2 - Math.atan(x)),
  Arcsec: unary((x) => Math.acos(1 / x)),
  Arccsc: unary((x) => Math.asin(1 / x)),
  Sinh: unary(Math.sinh, (z) => z.sinh()),
  Cosh: unary(Math.cosh, (z) => z.cosh()),
  Tanh: unary(Math.tanh, (z) => z.tanh()),
  Arsinh: unary(Math.asinh, (z) => z.asinh()),
  Arcosh: unary(Math.acosh, (z) => z.acosh()),
  Artanh: unary(Math.atanh, (z) => z.atanh()),
  Factorial: unary(factorial),
  Factorial2: unary((n) => (Number.isInteger(n) && n >= 0 && n < 300 ? doubleFactorial(n) : Number.NaN)),
  Gamma: unary(gamma),
  Binomial: { arity: TWO, real: (n, k) => binomial(n!, k!) },
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Mod: { arity: TWO, real: (a, b) => a! - b! * Math.floor(a! / b!) },
  GCD: { arity: MANY, real: (...xs) => xs.reduce(greatestCommonDivisor) },
  LCM: { arity: MANY, real: (...xs) => xs.reduce((a, b) => Math.abs(a * b) / greatestCommonDivisor(a, b)) },
  Max: { arity: MANY, real: Math.max },
  Min: { arity: MANY, real: Math.min },
  Sign: unary(Math.sign),
};

/** Exact at the multiples of pi that answers are made of: sin pi is 0. */
function sine(x: number): number {
  const halves = x / (Math.PI / 2);
  const nearest = Math.round(halves);
  if (Math.abs(halves - nearest) < 1e-14 * Math.max(1, Math.abs(halves)) && Math.abs(nearest) < 1e6) {
    return [0, 1, 0, -1][((nearest % 4) + 4) % 4]!;
  }
  return Math.sin(x);
}

function logarithm(x: number, base: number): number {
  const value = base === 10 ? Math.log10(x) : base === 2 ? Math.log2(x) : Math.log(x) / Math.log(base);
  const nearest = Math.round(value);
  return base ** nearest === x ? nearest : value;
}

function doubleFactorial(n: number): number {
  let product = 1;
  for (let k = n; k > 1; k -= 2) product *= k;
  return product;
}
