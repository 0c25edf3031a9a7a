/**
 * What stands behind a number: units, currencies, per cent, degrees, and nouns that are counted.
 *
 * A unit is a factor and a dimension. Quantities with units are the same if their dimensions are and the values times the
 * factors are; a bare number stands for the number in any unit. Nouns nobody knows are dimensions of their own.
 */

import { DOLLAR } from "./notation-rules.ts";
import { divide, integer, multiply, type Rational, reduce } from "./rational.ts";

export interface Unit {
  readonly factor: Rational;
  /** E.g. `length^1 time^-1`; empty for pure numbers. */
  readonly dimension: string;
}

const ratio = (numerator: number, denominator = 1): Rational => reduce(BigInt(numerator), BigInt(denominator));

/** [dimension, factor, names]. Names of letters are looked up without a plural s. */
const UNITS: readonly (readonly [string, Rational, string])[] = [
  ["length", ratio(1), "m meter metre"],
  ["length", ratio(1, 100), "cm centimeter centimetre"],
  ["length", ratio(1, 1000), "mm millimeter millimetre"],
  ["length", ratio(1000), "km kilometer kilometre"],
  ["length", ratio(254, 10_000), "in inch inche"],
  ["length", ratio(3048, 10_000), "ft foot feet"],
  ["length", ratio(9144, 10_000), "yd yard"],
  ["length", ratio(1_609_344, 1000), "mi mile"],
  ["length", ratio(1), "unit"],
  ["length", ratio(1, 1_000_000), "microm micrometer micrometre micron"],
  ["length", ratio(1, 1_000_000_000), "nm nanometer nanometre"],
  ["length-astronomical", ratio(1), "pc parsec"],
  ["length-astronomical", ratio(1000), "kpc kiloparsec"],
  ["length-astronomical", ratio(1_000_000), "Mpc megaparsec"],
  ["length-au", ratio(1), "AU"],
  ["time", ratio(1, 1000), "ms millisecond"],
  ["time", ratio(1, 1_000_000), "micros microsecond"],
  ["time", ratio(1), "s sec second"],
  ["time", ratio(60), "min minute"],
  ["time", ratio(3600), "h hr hour"],
  ["time", ratio(86_400), "d day"],
  ["time", ratio(604_800), "week"],
  ["months", ratio(1), "month"],
  ["months", ratio(12), "yr year"],
  ["mass", ratio(1), "kg kilogram"],
  ["mass", ratio(1, 1000), "g gram"],
  ["mass", ratio(1, 1_000_000), "mg milligram"],
  ["mass", ratio(45_359_237, 100_000_000), "lb pound"],
  ["mass", ratio(45_359_237, 1_600_000_000), "oz ounce"],
  ["volume", ratio(1), "l liter litre"],
  ["volume", ratio(1, 1000), "ml milliliter millilitre"],
  ["volume-us", ratio(128), "gal gallon"],
  ["volume-us", ratio(32), "qt quart"],
  ["volume-us", ratio(16), "pint"],
  ["volume-us", ratio(8), "cup"],
  ["usd", ratio(1), `${DOLLAR} dollar usd buck`],
  ["usd", ratio(1, 100), "cent ¢"],
  ["eur", ratio(1), "€ euro"],
  ["gbp", ratio(1), "£"],
  ["inr", ratio(1), "₹ rupee"],
  ["jpy", ratio(1), "¥ yen"],
  ["cny", ratio(1), "yuan"],
  ["percent", ratio(1), "% percent"],
  ["angle", ratio(1), "^\\circ degree"],
  ["angle-rad", ratio(1), "rad radian"],
  ["temperature-c", ratio(1), "celsius"],
  ["energy-ev", ratio(1), "eV electronvolt"],
  ["energy-ev", ratio(1000), "keV"],
  ["energy-ev", ratio(1_000_000), "MeV"],
  ["energy-ev", ratio(1_000_000_000), "GeV"],
  ["energy-cgs", ratio(1), "erg"],
  ["current", ratio(1), "A amp ampere"],
  ["resistance", ratio(1), "ohm"],
  ["resistance", ratio(1000), "kohm kiloohm"],
  ["resistance", ratio(1_000_000), "Mohm megaohm"],
  ["field", ratio(1), "T tesla"],
  ["force", ratio(1), "N newton"],
  ["energy", ratio(1), "J joule"],
  ["energy", ratio(1000), "kj kilojoule"],
  ["power", ratio(1), "W watt"],
  ["frequency", ratio(1), "hz hertz"],
  ["pressure", ratio(1), "pa pascal"],
  ["pressure", ratio(1000), "kpa kilopascal"],
  ["pressure-atm", ratio(1), "atm atmosphere"],
  ["voltage", ratio(1), "V volt"],
  ["amount", ratio(1), "mol mole"],
  ["temperature", ratio(1), "K kelvin"],
  ["length^1 time^-1", ratio(1_609_344, 3_600_000), "mph"],
];

const KNOWN: ReadonlyMap<string, Unit> = new Map(
  UNITS.flatMap(([dimension, factor, names]) => names.split(" ").map((name) => [name, { factor, dimension }] as const)),
);

/** Names of one letter, or that are words of mathematics, only count as units where white space sets them apart. */
const POWER_WORDS: Readonly<Record<string, number>> = { square: 2, squared: 2, sq: 2, cubic: 3, cubed: 3, cu: 3 };
/** A tail with one of these says something about the number: no unit. */
const NO_NOUN =
  /(?<![a-z])(?:or|and|if|when|where|for|mod|but|not|except|with|is|are|more|less|least|most|greater|fewer|than|only|all|no|none|solutions?|to|plus|minus|over|other|otherwise|any|such|that|modulo|choose|factorial|base)(?![a-z])/;

/** The unit a tail spells, e.g. `cm^2`, `miles per hour`, `apples`; null where it is no unit. */
function readUnit(tail: string): Unit | null {
  const text = tail
    .trim()
    .replace(/^\\?%$/, "%")
    .replace(/\s*\^\s*\\circ\s*/, "^\\circ ")
    .trim();
  if (text === "") return null;
  const known = KNOWN.get(text) ?? KNOWN.get(text.toLowerCase());
  if (known) return known;
  if (text.length > 60 || NO_NOUN.test(text.toLowerCase())) return null;
  const powers = new Map<string, number>();
  let factor = integer(1);
  let sign = 1;
  let pending = 1;
  const words = text
    .replace(/\bper\b/gi, " / ")
    .replace(/\//g, " / ")
    .replace(/\\cdot|-/g, " ")
    .split(/\s+/)
    .filter((word) => word !== "");
  for (const word of words) {
    if (word === "/") {
      sign = -1;
      continue;
    }
    const match = /^([a-zA-Z]+|\\?%|€|£|¥|₹|¢)\.?(?:\^\{?([+-]?\d)\}?)?$/.exec(word);
    if (!match) return null;
    const name = match[1]!.toLowerCase();
    const before = POWER_WORDS[name];
    if (before !== undefined) {
      if (name.endsWith("ed")) {
        const last = [...powers.keys()].at(-1);
        if (last === undefined) return null;
        powers.set(last, powers.get(last)! * before);
      } else pending = before;
      continue;
    }
    const singular = name.length > 2 && name.endsWith("s") ? name.slice(0, -1) : name;
    const unit = KNOWN.get(match[1]!) ??
      KNOWN.get(name) ??
      KNOWN.get(singular) ?? { factor: integer(1), dimension: singular };
    if (![match[1]!, name, singular].some((each) => KNOWN.has(each)) && name.length < 3) return null;
    const exponent = sign * pending * Number(match[2] ?? 1);
    pending = 1;
    if (Math.abs(exponent) > 6) return null;
    for (let i = 0; i < Math.abs(exponent); i++)
      factor = exponent > 0 ? multiply(factor, unit.factor) : divide(factor, unit.factor)!;
    powers.set(unit.dimension, (powers.get(unit.dimension) ?? 0) + exponent);
  }
  if (powers.size === 0) return null;
  const dimension = [...powers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, power]) => `${name}^${power}`)
    .join(" ");
  return { factor, dimension: powers.size === 1 && [...powers.values()][0] === 1 ? [...powers.keys()][0]! : dimension };
}

export interface Quantity {
  readonly body: string;
  readonly unit: Unit | null;
}

const CURRENCY = new RegExp(`^([+-]?)\\s*(${DOLLAR}|€|£|¥|₹|\\\\pounds|\\\\euro|Rs\\.?|US${DOLLAR})\\s*(?=[\\d.\\\\])`);
/** A number, fraction, root or bracketed expression, then the tail. */
const TAIL =
  /^(.*?[\d)}\]!]|.*?\\pi)\s*(\\?%|\^\\circ(?:\s*[A-Za-z]*)?|[€£¥₹¢\uE000]|(?<=\s|[\d})])[a-zA-Z](?:[a-zA-Z\s/^{}\d.%'-]|\\cdot(?![a-zA-Z]))*)$/;
/** A number, then a fraction of units. */
const FRACTION_TAIL = /^(.*[\d}])\s+\\frac\{([a-zA-Z\s]+)\}\{([a-zA-Z\s]+(?:\^\{?\d\}?)?)\}$/;

/** Takes a unit off: `5 cm` -> 5 and cm. Normalised notation in; `unit` is null where nothing was found. */
/** An expression that ends in a letter, then a unit that can be nothing else. */
const NAMED = new RegExp(
  `^(.*[a-zA-Z])\\s+((?:${[...KNOWN.keys()].filter((name) => /^[a-z]{2,}$/.test(name)).join("|")})s?(?:\\^\\{?\\d\\}?)?)$`,
);

export function splitUnit(text: string): Quantity {
  const currency = CURRENCY.exec(text);
  if (currency) {
    const rest = splitUnit(text.slice(currency[0].length));
    const sign = currency[2]!
      .replace("US", "")
      .replace("\\pounds", "£")
      .replace("\\euro", "€")
      .replace(/^Rs\.?$/, "₹");
    return { body: `${currency[1]}${rest.body}`, unit: KNOWN.get(sign) ?? null };
  }
  const [, before, over, under] = FRACTION_TAIL.exec(text) ?? [];
  if (over !== undefined && [over, under!].every((name) => KNOWN.has(name.replace(/\^.*/, "").trim()))) {
    const unit = readUnit(`${over}/${under}`);
    if (unit !== null) return { body: before!.trim(), unit };
  }
  const match = TAIL.exec(text) ?? NAMED.exec(text);
  if (!match) return { body: text, unit: null };
  const [, body, tail] = match;
  // `5m` is five times m; `5 m` five metres.
  const apart = text[body!.length] === " ";
  const letters = /^[a-zA-Z]/.test(tail!);
  if (letters && !apart && /^[a-zA-Z](?![a-zA-Z])/.test(tail!)) return { body: text, unit: null };
  // The angle of a sine is part of it.
  if (tail === "^\\circ" && /\\(?:sin|cos|tan|cot|sec|csc)(?![a-z])/.test(body!)) return { body: text, unit: null };
  const unit = readUnit(tail!);
  return unit === null ? { body: text, unit: null } : { body: body!.trim(), unit };
}
