/** Exact numbers as an answer writes them: integers, decimals, fractions, mixed numbers, simple LaTeX of these. */

/** In lowest terms, denominator > 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Longer texts are not read as numbers: the cost of exact arithmetic grows with the square of the digits. */
const MAX_LENGTH = 200;

const NUMBER = String.raw`(?:\d+(?:\.\d*)?|\.\d+)`;
const DECIMAL = new RegExp(`^${NUMBER}$`);
const SLASHED = new RegExp(`^(${NUMBER})/([+-]?${NUMBER})$`);
const FRAC = new RegExp(String.raw`^(\d*)\\frac\{([+-]?${NUMBER})\}\{([+-]?${NUMBER})\}$`);
const GROUPED = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;

/** The number a normalised answer states; null where it states none (also for a zero denominator). Never throws. */
export function parseRational(text: string): Rational | null {
  if (text.length === 0 || text.length > MAX_LENGTH) return null;
  const negative = text[0] === "-";
  const body = negative || text[0] === "+" ? text.slice(1) : text;
  const value = parseUnsigned(body);
  return value && negative ? { ...value, numerator: -value.numerator } : value;
}

function parseUnsigned(text: string): Rational | null {
  if (DECIMAL.test(text)) return decimal(text);
  if (GROUPED.test(text)) return decimal(text.replaceAll(",", ""));
  const slashed = SLASHED.exec(text);
  if (slashed) return divide(signed(slashed[1]!), signed(slashed[2]!));
  const frac = FRAC.exec(text);
  if (!frac) return null;
  const fraction = divide(signed(frac[2]!), signed(frac[3]!));
  if (!fraction || frac[1] === "") return fraction;
  // 1\frac{1}{2} is a mixed number; a sign inside its fraction would be a product or a slip.
  return fraction.numerator < 0n ? null : add(decimal(frac[1]!), fraction);
}

function signed(text: string): Rational {
  const magnitude = decimal(text.replace(/^[+-]/, ""));
  return text[0] === "-" ? { ...magnitude, numerator: -magnitude.numerator } : magnitude;
}

/** digits.digits = digitsdigits / 10^places */
function decimal(text: string): Rational {
  const [whole = "", places = ""] = text.split(".");
  return reduce(BigInt(whole + places), 10n ** BigInt(places.length));
}

/** null for a zero divisor. */
export function divide(a: Rational, b: Rational): Rational | null {
  return b.numerator === 0n ? null : reduce(a.numerator * b.denominator, a.denominator * b.numerator);
}

export function add(a: Rational, b: Rational): Rational {
  return reduce(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

/** numerator / denominator in lowest terms; the denominator must not be zero. */
export function reduce(numerator: bigint, denominator: bigint): Rational {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  while (b !== 0n) [a, b] = [b, a % b];
  const sign = denominator < 0n ? -1n : 1n;
  return a === 0n
    ? { numerator: 0n, denominator: 1n }
    : { numerator: (sign * numerator) / a, denominator: (sign * denominator) / a };
}

export function equalRationals(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

export function multiply(a: Rational, b: Rational): Rational {
  return reduce(a.numerator * b.numerator, a.denominator * b.denominator);
}

export const negate = (a: Rational): Rational => ({ numerator: -a.numerator, denominator: a.denominator });
export const integer = (value: bigint | number): Rational => ({ numerator: BigInt(value), denominator: 1n });
export const isInteger = ({ denominator }: Rational): boolean => denominator === 1n;

/** The nearest double; exact fractions of large integers do not overflow on the way. */
export function toNumber({ numerator, denominator }: Rational): number {
  const direct = Number(numerator) / Number(denominator);
  if (Number.isFinite(direct) || numerator === 0n) return direct;
  const bits = (n: bigint) => (n < 0n ? -n : n).toString(2).length;
  const shift = BigInt(Math.max(bits(denominator) - 64, bits(numerator) - 64, 0));
  const [top, bottom] = [numerator >> shift, denominator >> shift];
  return bottom === 0n ? (numerator < 0n ? -Infinity : Infinity) : Number(top) / Number(bottom);
}
