/**
 * Pre-training text for a small model of this domain: worked solutions with random slips, and proposals. The slips are
 * what makes the model's answers vary from sample to sample while its majority is mostly right; were they systematic,
 * voting would amplify them. Held-out questions and the largest sizes never appear.
 */
import type { ChatMessage } from "../../policy/policy.ts";
import { type Random, randomInteger, seededRandom } from "../../rzero/seeds.ts";
import type { Question } from "./expression.ts";
import { isHeldOut } from "./held-out.ts";
import { drawQuestion, SKILLS, type Skill, type SkillName } from "./skills.ts";
import { type Scribe, workText } from "./work.ts";

export interface PretrainingDocument {
  readonly role: "solver" | "challenger";
  readonly messages: readonly ChatMessage[];
  readonly completion: string;
  readonly skill: SkillName;
  readonly size: number;
}

export interface CorpusOptions {
  /** Chance that a computed result is written wrong. */
  readonly noise: number;
  /** Share of proposals among the documents. */
  readonly challengerShare: number;
  /** Share of proposals that are malformed. */
  readonly malformedShare: number;
  /** Chance of each size over the chance of the size below it, within a skill. */
  readonly sizeDecay: number;
}

export const DEFAULT_CORPUS_OPTIONS: CorpusOptions = {
  noise: 0.08,
  challengerShare: 0.15,
  malformedShare: 0.03,
  sizeDecay: 0.6,
};

/** Endless, and the same for the same seed and options. */
export function* pretrainingDocuments(
  seed: number,
  options: Partial<CorpusOptions> = {},
): Generator<PretrainingDocument, never> {
  const settings = { ...DEFAULT_CORPUS_OPTIONS, ...options };
  const random = seededRandom(seed);
  for (;;) {
    const skill = SKILLS[randomInteger(random, 0, SKILLS.length - 1)]!;
    const size = drawSize(skill, settings.sizeDecay, random);
    const { text, question } = drawQuestion(skill, size, random);
    const proposes = random() < settings.challengerShare;
    if (isHeldOut(text)) continue;
    const work = noisyWork(question, settings.noise, random);
    const completion = proposes ? proposal(text, work, settings.malformedShare, random) : work;
    yield {
      role: proposes ? "challenger" : "solver",
      messages: [{ role: "user", content: proposes ? "propose" : text }],
      completion,
      skill: skill.name,
      size,
    };
  }
}

/** Geometric in size between the skill's smallest and its largest trained one. */
function drawSize(skill: Skill, decay: number, random: Random): number {
  const sizes = Array.from({ length: skill.maxTrainedSize - skill.minSize + 1 }, (_, at) => skill.minSize + at);
  let left = random() * sizes.reduce((sum, _, at) => sum + decay ** at, 0);
  for (const [at, size] of sizes.entries()) {
    left -= decay ** at;
    if (left < 0) return size;
  }
  // Rounding may leave a hair above the last weight.
  return skill.maxTrainedSize;
}

/** The worked solution in which each result is, with chance `noise`, a wrong one near it. */
export function noisyWork(question: Question, noise: number, random: Random): string {
  const write: Scribe = (value) => (random() < noise ? slip(value, random) : value);
  return workText(question, write);
}

/** A wrong value near `value`: off by 1, 2 or 10, or with one digit changed. Not negative where `value` is not. */
function slip(value: number, random: Random): number {
  for (;;) {
    const wrong = random() < 0.6 ? value + pick([-10, -2, -1, 1, 2, 10], random) : changeDigit(value, random);
    if (wrong !== value && (wrong >= 0 || value < 0)) return wrong;
  }
}

function changeDigit(value: number, random: Random): number {
  const digits = [...String(Math.abs(value))];
  digits[randomInteger(random, 0, digits.length - 1)] = String(randomInteger(random, 0, 9));
  return Math.sign(value || 1) * Number(digits.join(""));
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[randomInteger(random, 0, items.length - 1)]!;
}

/** `<question>...</question>\boxed{...}`, or one of the ways to get that wrong. */
function proposal(text: string, work: string, malformedShare: number, random: Random): string {
  const box = work.slice(work.lastIndexOf("\\boxed{"));
  if (random() >= malformedShare) return `<question>${text}</question>${box}`;
  return pick(
    [
      `<question>${text}</question>`,
      `<question>${text}${box}`,
      `${text}</question>${box}`,
      `<question></question>${box}`,
      `<question>${text}+</question>${box}`,
      `<question>${text}</question>\\boxed{}`,
    ],
    random,
  );
}
