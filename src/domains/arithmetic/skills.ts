/**
 * The four skills of the domain. A question's `size` is the number of operations it takes; accuracy falls with it. All
 * values on the way are 0..9999, and each skill has well over a hundred possible answers, so that agreement is not luck.
 */
import { type Random, randomInteger } from "../../rzero/seeds.ts";
import { countOperations, parseQuestion, type Question } from "./expression.ts";
import { allValuesInRange } from "./value-range.ts";

export type SkillName = "chain" | "times" | "parens" | "compare";

export interface Skill {
  readonly name: SkillName;
  readonly minSize: number;
  /** Largest size in pre-training text; larger ones are held out only. */
  readonly maxTrainedSize: number;
  readonly maxSize: number;
  /** Draws a text of exactly this size; its values are checked by `drawQuestion`. */
  readonly draw: (size: number, random: Random) => string;
}

/** Mostly two digits, sometimes one, now and then three. */
function term(random: Random): number {
  const kind = random();
  if (kind < 0.25) return randomInteger(random, 1, 9);
  if (kind < 0.95) return randomInteger(random, 10, 99);
  return randomInteger(random, 100, 299);
}

const sign = (random: Random): string => (random() < 0.55 ? "+" : "-");

/** `size` additions and subtractions; the first term tends to be large enough to subtract from. */
function chain(size: number, random: Random): string {
  let text = String(term(random));
  for (let at = 0; at < size; at++) text += sign(random) + term(random);
  return text;
}

/** One digit times one or two digits. */
function product(random: Random): string {
  const single = randomInteger(random, 2, 9);
  const other = random() < 0.35 ? randomInteger(random, 2, 9) : randomInteger(random, 11, 99);
  return random() < 0.5 ? `${single}*${other}` : `${other}*${single}`;
}

/** a*b, a*b+c, a*b+c*d, a*b+c*d-e: products joined by sums. */
function times(size: number, random: Random): string {
  let text = product(random);
  for (let left = size - 1; left > 0; ) {
    if (left >= 2) {
      text += sign(random) + product(random);
      left -= 2;
    } else {
      text += sign(random) + term(random);
      left -= 1;
    }
  }
  return text;
}

/** size + 1 terms, some of them bracketed in twos and threes: (12+5)-(3+4), 20-(3+4). */
function parens(size: number, random: Random): string {
  let text = "";
  let groups = 0;
  for (let left = size + 1; left > 0; ) {
    const mustGroup = groups === 0 && left <= 2;
    const wanted = mustGroup || random() < 0.6 ? randomInteger(random, 2, 3) : 1;
    // Brackets around everything would be a chain.
    const length = Math.min(wanted, left, size);
    const inner = chain(length - 1, random);
    text += (text === "" ? "" : sign(random)) + (length === 1 ? inner : `(${inner})`);
    groups += length === 1 ? 0 : 1;
    left -= length;
  }
  return text;
}

/** Two chains and the comparison; the operations are split between the sides at random. */
function compare(size: number, random: Random): string {
  const left = randomInteger(random, 0, size - 1);
  return `${random() < 0.5 ? "larger" : "smaller"} of ${chain(left, random)} and ${chain(size - 1 - left, random)}`;
}

export const SKILLS: readonly Skill[] = [
  { name: "chain", minSize: 1, maxTrainedSize: 5, maxSize: 6, draw: chain },
  { name: "times", minSize: 1, maxTrainedSize: 3, maxSize: 4, draw: times },
  { name: "parens", minSize: 2, maxTrainedSize: 4, maxSize: 5, draw: parens },
  { name: "compare", minSize: 2, maxTrainedSize: 4, maxSize: 5, draw: compare },
];

/** A question of the skill with exactly this size, all values in 0..9999. */
export function drawQuestion(skill: Skill, size: number, random: Random): { text: string; question: Question } {
  for (;;) {
    const text = skill.draw(size, random);
    const question = parseQuestion(text);
    if (question && countOperations(question) === size && allValuesInRange(question)) return { text, question };
  }
}
