/** The held-out set: never in pre-training text, stratified over skills and sizes, also sizes pre-training never shows. */
import { deriveSeed, hashText, seededRandom } from "../../rzero/seeds.ts";
import type { HeldOutQuestion } from "../domain.ts";
import { questionValue } from "./oracle.ts";
import { drawQuestion, SKILLS } from "./skills.ts";

/** One question in this many is held out, by the hash of its text. */
const HELD_OUT_SHARE = 16;

/** Draws without a new question after which a stratum counts as exhausted. */
const MAX_FRUITLESS_DRAWS = 20_000;

/** Is this text reserved for evaluation? The corpus excludes it, whoever draws it. */
export function isHeldOut(question: string): boolean {
  return hashText(question) % HELD_OUT_SHARE === 0;
}

/**
 * The first `count` held-out questions, dealt from the strata (skill, size) in turn: a smaller set is the start of a
 * larger one. Fewer only if all strata are exhausted (beyond several thousand).
 */
export function heldOutQuestions(count: number): readonly HeldOutQuestion[] {
  const known = drawn.get(count);
  if (known) return known;
  const questions = drawHeldOut(count);
  drawn.set(count, questions);
  return questions;
}

/** Drawing 240 takes a tenth of a second, and every evaluation asks for the same. */
const drawn = new Map<number, readonly HeldOutQuestion[]>();

function drawHeldOut(count: number): readonly HeldOutQuestion[] {
  const strata = SKILLS.flatMap((skill, number) =>
    Array.from({ length: skill.maxSize - skill.minSize + 1 }, (_, at) => stratum(number, skill.minSize + at)),
  );
  const questions: HeldOutQuestion[] = [];
  for (let open = strata; open.length > 0 && questions.length < count; ) {
    open = open.filter((next) => {
      if (questions.length === count) return true;
      const { value } = next.next();
      if (value) questions.push(value);
      return value !== undefined;
    });
  }
  return questions;
}

function* stratum(skillNumber: number, size: number): Generator<HeldOutQuestion, undefined> {
  const skill = SKILLS[skillNumber]!;
  const seed = deriveSeed({ run: 0, iteration: 0, phase: "held-out", step: skillNumber, prompt: size, sample: 0 });
  const random = seededRandom(seed);
  const seen = new Set<string>();
  for (let fruitless = 0; fruitless < MAX_FRUITLESS_DRAWS; fruitless++) {
    const { text, question } = drawQuestion(skill, size, random);
    if (!isHeldOut(text) || seen.has(text)) continue;
    seen.add(text);
    fruitless = 0;
    const id = `${skill.name}-${size}-${seen.size}`;
    yield { id, question: text, answer: String(questionValue(question)), skill: skill.name, size };
  }
  return undefined;
}
