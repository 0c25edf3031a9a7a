/**
 * From an answer's text to its value. READERS are asked in their order; the first that knows the notation decides. What is
 * in brackets, lists and rows is read by the same readers again, one level down.
 */
import { readDate, readTime } from "./kinds/calendar.ts";
import { readScalar } from "./kinds/scalar.ts";
import { canonicalPhrase, isWordy, numberInWords, readWords } from "./kinds/words.ts";
import { checkLimits } from "./limits.ts";
import { normalizeNotation } from "./notation.ts";
import { readContainer } from "./read-container.ts";
import { readRelation } from "./read-relation.ts";
import { readVector } from "./read-vector.ts";
import { splitTopLevel } from "./split.ts";
import { splitUnit } from "./units.ts";
import type { Scalar, Value } from "./value.ts";
import { GradingError } from "./verdict.ts";

/** Reads a part of what a reader was given. */
export type ReadPart = (text: string) => Value;
/** Null where the text is not of this notation. Throws GradingError where it is, but cannot be read. */
export type Reader = (text: string, read: ReadPart) => Value | null;

const MAX_LEVELS = 8;

const READERS: readonly Reader[] = [
  readChoice,
  readPhrase,
  readFamily,
  readTime,
  readDate,
  readBase,
  readCompoundQuantity,
  readVector,
  readContainer,
  readResidue,
  readRelation,
  readSigns,
  readRatio,
  readQuantity,
];

/** Throws GradingError: `too-long`, `too-deep`, `unparsable`. */
export function readAnswer(answer: string): Value {
  checkLimits(answer);
  const text = normalizeNotation(answer);
  checkLimits(text);
  return readAt(text, 0);
}

function readAt(text: string, level: number): Value {
  if (text === "") throw new GradingError("unparsable", "an empty answer");
  if (level > MAX_LEVELS) throw new GradingError("too-deep", `an answer of more than ${MAX_LEVELS} levels`);
  for (const reader of READERS) {
    const value = reader(text, (part) => readAt(stripped(part), level + 1));
    if (value !== null) return value;
  }
  return readWords(text);
}

const stripped = (part: string): string =>
  part
    .trim()
    .replace(/[.;,]$/, "")
    .trim();

/** `B`, `(B)`, `B.`, `option B`, `(B) 12`. */
function readChoice(text: string, read: ReadPart): Value | null {
  const match =
    /^(?:(?:option|choice|answer)\s+)?(?:\(([A-J])\)|([A-J])\)|([A-J])(?=[.:]?$|[.:]\s))[.:]?\s*(.*)$/i.exec(text);
  if (!match) return null;
  const letter = (match[1] ?? match[2] ?? match[3])!;
  // A lone small letter is a variable, (a) may be either: only capitals choose.
  if (letter !== letter.toUpperCase()) return null;
  const rest = match[4]!;
  // (A) and (C) are two.
  if (/^(?:and|or)\b|^[,;&]/i.test(rest)) return null;
  if (/^[=<>+*/^_!]|^-|^\\(?:le|ge|ne|in|cup|cap|cdot|times|pm)(?![a-zA-Z])/.test(rest)) return null;
  let content: Value | null = null;
  try {
    content = rest === "" ? null : read(rest);
  } catch (error) {
    // The letter is the answer; what stands behind it need not be readable.
    if (!(error instanceof GradingError)) throw error;
  }
  return { kind: "choice", letter, content };
}

/** Phrases with a meaning of their own, and numbers in words. */
function readPhrase(text: string, read: ReadPart): Value | null {
  if (!/[a-zA-Z]{2}/.test(text)) return null;
  if (canonicalPhrase(text) !== null) return readWords(text);
  const digits = numberInWords(text);
  return digits === null ? null : read(digits);
}

const FAMILY =
  /^(.+?)\s*[,;]?\s*\(?\s*(?:where|with|for)?\s*(?:all|any|every|some|each)?\s*(?:integers?\s+)?(?:([a-zA-Z])\s*\\in\s*\\?(?:mathbb|mathbf)?\s*\{?\s*[ZN]\s*\}?(?:\^\{?[+*]\}?)?|([a-zA-Z])\s+is\s+(?:an?|any)\s+integer|(?<=integers?\s+)([a-zA-Z]))\s*\)?$/;

/** `\frac{\pi}{3} + 2k\pi, k \in \mathbb{Z}`: what the whole number is called does not matter. */
function readFamily(text: string, read: ReadPart): Value | null {
  const match = FAMILY.exec(text);
  if (!match) return null;
  const name = (match[2] ?? match[3] ?? match[4])!;
  if (match[1]!.trim() === "") return null;
  return read(match[1]!.replace(new RegExp(`(?<![\\\\a-zA-Z])${name}(?![a-zA-Z])`, "g"), "k"));
}

const BASES = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
const NUMERAL = /^([0-9A-Fa-f]*\d[0-9A-Fa-f]*|[A-F]{2,}(?=_\{?16\}?$))/;
const BASE = /(?:_\{?\s*(\d{1,2}|[a-z]+)\s*\}?|\s*\(?\s*base[\s-]+(\d{1,2}|[a-z]+)\s*\)?)$/;
const IN_BASE = new RegExp(NUMERAL.source + BASE.source);

/** `101_2`, `1A_{16}`, `120 base 7`, `120_{seven}`: the value. */
function readBase(text: string): Value | null {
  const match = IN_BASE.exec(text);
  if (!match) return null;
  const name = (match[2] ?? match[3])!;
  const base = /^\d/.test(name) ? Number(name) : BASES.indexOf(name);
  const digits = [...match[1]!].map((digit) => Number.parseInt(digit, 16));
  if (base < 2 || base > 16 || digits.some((digit) => digit >= base)) return null;
  return readScalar(String(digits.reduce((value, digit) => value * BigInt(base) + BigInt(digit), 0n)));
}

/** `2 hours 30 minutes`, `5 ft 6 in`: one quantity in two units. */
function readCompoundQuantity(text: string): Value | null {
  const parts = text.match(/\d+(?:\.\d+)?\s*[a-zA-Z]+\.?/g) ?? [];
  if (parts.length < 2 || text.replace(/\d+(?:\.\d+)?\s*[a-zA-Z]+\.?|,|\band\b|\s/g, "") !== "") return null;
  const quantities = parts.map((part) => splitUnit(part.replace(/^([\d.]+)\s*([a-zA-Z]+)\.?$/, "$1 $2")));
  const dimension = quantities[0]!.unit?.dimension;
  if (dimension === undefined || quantities.some(({ unit }) => unit?.dimension !== dimension)) return null;
  if (new Set(quantities.map(({ unit }) => `${unit!.factor.numerator}/${unit!.factor.denominator}`)).size < 2)
    return null;
  const sum = quantities.map(
    ({ body, unit }) => `${body}\\cdot\\frac{${unit!.factor.numerator}}{${unit!.factor.denominator}}`,
  );
  return readScalar(sum.join("+"), { factor: { numerator: 1n, denominator: 1n }, dimension });
}

/** `x \\equiv 3 \\pmod 7`, `3 mod 7`: a class of remainders; what is congruent is but a name. */
function readResidue(text: string, read: ReadPart): Value | null {
  const match =
    /^(?:(.{1,40})\\equiv)?\s*(.+?)\s*(?:\\pmod\s*\{?\s*(\d{1,30})\s*\}?|\(\s*(?:\\(?:bmod|mod|text\{mod\})|mod)\s*\{?\s*(\d{1,30})\s*\}?\s*\))$/.exec(
      text,
    );
  if (!match) return null;
  const [value, modulus] = [read(match[2]!), read((match[3] ?? match[4])!)];
  if (value.kind !== "scalar" || modulus.kind !== "scalar" || !modulus.exact || modulus.exact.numerator === 0n)
    return null;
  return { kind: "residue", value, modulus };
}

const MAX_SIGNS = 3;

/** `1 \pm \sqrt{2}`: every choice of signs. */
function readSigns(text: string, read: ReadPart): Value | null {
  const signs = text.match(/\\(?:pm|mp)(?![a-zA-Z])/g)?.length ?? 0;
  if (signs === 0) return null;
  if (signs > MAX_SIGNS) throw new GradingError("too-deep", `more than ${MAX_SIGNS} signs to choose`);
  const items = Array.from({ length: 2 ** signs }, (_, choice) => {
    let place = 0;
    return read(
      text.replace(/\\(pm|mp)(?![a-zA-Z])/g, (_sign, name) =>
        (choice >> place++) % 2 === (name === "pm" ? 0 : 1) ? "+" : "-",
      ),
    );
  });
  return { kind: "list", items, braces: false };
}

/** `2:3`, `1 : 2 : 3`. */
function readRatio(text: string, read: ReadPart): Value | null {
  const { parts } = splitTopLevel(text, /\s*(?::|\\colon(?![a-zA-Z])|\bto\b)\s*/);
  if (parts.length < 2 || parts.length > 6 || parts.some((part) => part === "" || isWordy(part))) return null;
  const terms = parts.map(read);
  return terms.every((term): term is Scalar => term.kind === "scalar") ? { kind: "ratio", terms } : null;
}

function readQuantity(text: string): Value | null {
  // Names of figures, or an order of arrival: a product of three capitals would be written with its own dots.
  if (/^[A-Z]{3,}$/.test(text)) return readWords(text);
  const { body, unit } = splitUnit(text);
  if (isWordy(body)) {
    const digits = unit === null ? null : numberInWords(body);
    return digits === null ? null : readScalar(digits, unit);
  }
  // Two numbers side by side are not one.
  if (/\d\s+\d/.test(body)) return null;
  return readScalar(body, unit);
}
