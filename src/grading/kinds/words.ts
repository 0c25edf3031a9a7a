/** Answers in words, and the phrases that mean the same. */
import type { Value } from "../value.ts";

/** The first of each row stands for all. */
const SYNONYMS: readonly (readonly string[])[] = [
  [
    "no solution",
    "no solutions",
    "no real solution",
    "no real solutions",
    "none",
    "no such number",
    "no such numbers",
    "no answer",
    "no values",
    "no value",
    "no roots",
    "no real roots",
    "empty set",
    "the empty set",
    "empty",
    "has no solution",
    "there is no solution",
    "there are no solutions",
    "no integer solutions",
    "no such values",
    "no such value exists",
    "none exist",
    "no such integers",
    "no such integer exists",
  ],
  ["does not exist", "dne", "doesn't exist", "undefined", "not defined", "not exist"],
  [
    "infinitely many",
    "infinitely many solutions",
    "infinite solutions",
    "an infinite number",
    "infinite",
    "infinite number of solutions",
  ],
  [
    "all real numbers",
    "all reals",
    "any real number",
    "every real number",
    "all real x",
    "all real numbers x",
    "real numbers",
    "reals",
  ],
  [
    "cannot be determined",
    "not enough information",
    "can't be determined",
    "cannot determine",
    "indeterminate",
    "insufficient information",
  ],
  ["yes", "true", "correct"],
  ["no", "false", "incorrect"],
];

const CANONICAL: ReadonlyMap<string, string> = new Map(
  SYNONYMS.flatMap((row) => row.map((phrase) => [phrase.replace(/[^a-z]/g, ""), row[0]!] as const)),
);

const UNITS_OF_SPEECH =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const FRACTIONS: Readonly<Record<string, string>> = {
  "one half": "\\frac{1}{2}",
  "a half": "\\frac{1}{2}",
  half: "\\frac{1}{2}",
  "one third": "\\frac{1}{3}",
  "two thirds": "\\frac{2}{3}",
  "one fourth": "\\frac{1}{4}",
  "one quarter": "\\frac{1}{4}",
  "a quarter": "\\frac{1}{4}",
  "three fourths": "\\frac{3}{4}",
  "three quarters": "\\frac{3}{4}",
  "one fifth": "\\frac{1}{5}",
  "one sixth": "\\frac{1}{6}",
};

/** `twenty-five` as digits; null where the text is no number in words. */
export function numberInWords(text: string): string | null {
  const words = text
    .toLowerCase()
    .replace(/[\s-]+/g, " ")
    .trim();
  if (Object.hasOwn(FRACTIONS, words)) return FRACTIONS[words]!;
  const below = /^(?:negative|minus) (.+)$/.exec(words);
  if (below) {
    const size = numberInWords(below[1]!);
    return size === null ? null : `-${size}`;
  }
  const half = /^(.+) and (?:a|one) half$/.exec(words);
  if (half) {
    const whole = numberInWords(half[1]!);
    return whole === null || !/^\d+$/.test(whole) ? null : `${whole}\\frac{1}{2}`;
  }
  let total = 0;
  let current = 0;
  let seen = false;
  for (const word of words.split(" ")) {
    const small = UNITS_OF_SPEECH.indexOf(word);
    const tens = TENS.indexOf(word);
    if (small >= 0) current += small;
    else if (tens >= 0) current += (tens + 2) * 10;
    else if (word === "hundred" && seen) current *= 100;
    else if (word === "thousand" && seen) {
      total += current * 1000;
      current = 0;
    } else if (word === "and" && seen) continue;
    else return null;
    seen = true;
  }
  return seen ? String(total + current) : null;
}

/** Runs of letters that may be a product of variables: two or three, and no word. */
const SHORT_WORDS = new Set(
  "no yes all any and or not the of is are in on at to by for if odd one two six ten red sum set day now can men boy joe sam ann amy tom bob jim ben max may due max mod dne oh am pm none".split(
    " ",
  ),
);

/** Is this more than notation: does it hold a word? */
export function isWordy(text: string): boolean {
  const plain = text.replace(/\\[a-zA-Z]+/g, " ").replace(/_\{?[a-zA-Z]+\}?/g, " ");
  return (plain.match(/[a-zA-Z]{2,}/g) ?? []).some(
    (run) => run.length > 4 || SHORT_WORDS.has(run.toLowerCase()) || (run.length > 3 && hasVowelInside(run)),
  );
}

const hasVowelInside = (run: string) => /^[A-Z]?[a-z]+$/.test(run) && /[aeiou]/.test(run);

export function readWords(text: string): Value {
  const bare = text.toLowerCase().replace(/\\[a-z]+/g, (command) => command.slice(1));
  const phrase = bare.replace(/^(?:the|an?|all|any|every)\s+/, "").replace(/[^\p{L}\p{N}+\-*/=<>^]/gu, "");
  return { kind: "words", text: CANONICAL.get(phrase) ?? phrase };
}

/** Has the phrase a meaning beyond its letters? */
export const canonicalPhrase = (text: string): string | null =>
  CANONICAL.get(text.toLowerCase().replace(/[^a-z]/g, "")) ?? null;
