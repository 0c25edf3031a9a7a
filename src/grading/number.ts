/**
 * Numbers as answers state them: an exact value, and, for a decimal that was rounded, how fine it is.
 *
 * Two exact values are the same if they are equal. A decimal of at least SIGNIFICANT digits, some of them after the
 * point, may be a rounded one: it agrees with whatever lies less than one unit of its last place away. So 0.33333 is 1/3,
 * 0.3333 is not, and 3.14159 is pi while 3.14 is not.
 */
import { equalRationals, type Rational, reduce, toNumber } from "./rational.ts";

const SIGNIFICANT = 5;
/** Doubles that came from exact formulas agree to this, relative. */
export const RELATIVE = 1e-10;

export interface StatedNumber {
  readonly value: Rational;
  /** One unit of the last place; null where the number is exact. */
  readonly step: Rational | null;
}

/** The step of a decimal literal, e.g. 1/100000 of "0.33333"; null for integers and short decimals. */
export function stepOf(literal: string): Rational | null {
  const match = /^[+-]?(\d*)\.(\d+)(?:[eE]([+-]?\d{1,3}))?$/.exec(literal);
  if (!match) return null;
  const [, whole = "", places = "", exponent = "0"] = match;
  const digits = (whole + places).replace(/^0+/, "").length;
  if (digits < SIGNIFICANT) return null;
  const scale = places.length - Number(exponent);
  return scale >= 0 ? reduce(1n, 10n ** BigInt(scale)) : null;
}

export function sameNumbers(a: StatedNumber, b: StatedNumber): boolean {
  if (equalRationals(a.value, b.value)) return true;
  const step = coarser(a.step, b.step);
  if (step === null) return false;
  const gap = reduce(
    a.value.numerator * b.value.denominator - b.value.numerator * a.value.denominator,
    a.value.denominator * b.value.denominator,
  );
  const size = gap.numerator < 0n ? -gap.numerator : gap.numerator;
  return size * step.denominator < step.numerator * gap.denominator;
}

function coarser(a: Rational | null, b: Rational | null): Rational | null {
  if (a === null || b === null) return a ?? b;
  return a.numerator * b.denominator > b.numerator * a.denominator ? a : b;
}

/** As `sameNumbers` for values that are only known as doubles; `step` of a decimal among them. */
export function closeNumbers(a: number, b: number, step: Rational | null = null): boolean {
  if (a === b) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const gap = Math.abs(a - b);
  return gap <= RELATIVE * Math.max(Math.abs(a), Math.abs(b)) || (step !== null && gap < toNumber(step));
}
