/**
 * A toy model of arithmetic for scripted-policy. Its Solver is right with a probability that falls with the size of the
 * question and rises with one weight; its Challenger chooses among sizes with one weight each. So training has something
 * to find, and finding it can be seen in the weights.
 */
import { countOperations, parseQuestion } from "../../src/domains/arithmetic/expression.ts";
import { oracle } from "../../src/domains/arithmetic/oracle.ts";
import { drawQuestion, SKILLS } from "../../src/domains/arithmetic/skills.ts";
import type { Script, Utterance } from "../../src/policy/scripted-language.ts";
import { ScriptedPolicy } from "../../src/policy/scripted-policy.ts";
import { seededRandom } from "../../src/rzero/seeds.ts";

/** Weight 0: the Solver's skill. Weights 1..5: the Challenger's liking of that size. Weight 6: of writing nonsense. */
export const SKILL = 0;
export const NONSENSE = 6;
export const PARAMETERS = 7;
const SIZES = [1, 2, 3, 4, 5];
const QUESTIONS_PER_SIZE = 12;

const oneHot = (index: number) => Array.from({ length: PARAMETERS }, (_, at) => (at === index ? 1 : 0));

function proposals(): Utterance[] {
  const random = seededRandom(7);
  const questions = SIZES.flatMap((size) =>
    Array.from({ length: QUESTIONS_PER_SIZE }, () => ({ size, text: drawQuestion(SKILLS[0]!, size, random).text })),
  );
  return [
    ...questions.map(({ size, text }) => ({
      text: `<question>${text}</question>\\boxed{${oracle(text)}}`,
      bias: 0,
      features: oneHot(size),
    })),
    { text: "what is a question?", bias: Math.log(SIZES.length), features: oneHot(NONSENSE) },
  ];
}

function answers(question: string): Utterance[] {
  const parsed = parseQuestion(question);
  const truth = oracle(question);
  if (parsed === null || truth === null) return [{ text: "?", bias: 0, features: oneHot(-1) }];
  const wrong = [1, -1, 10, -10].map((error) => Number(truth) + error);
  return [
    { text: `\\boxed{${truth}}`, bias: 3 - countOperations(parsed), features: oneHot(SKILL) },
    ...wrong.map((answer) => ({ text: `so \\boxed{${answer}}`, bias: 0, features: oneHot(-1) })),
    { text: "I do not know", bias: -1, features: oneHot(-1) },
  ];
}

export const arithmeticScript: Script = (() => {
  const proposed = proposals();
  return (prompt: string) => {
    const user = /^user: (.*)\n$/.exec(prompt)?.[1];
    if (user === undefined) return [];
    return user === "propose" ? proposed : answers(user);
  };
})();

export const arithmeticWeights = [1, 0, 0, 0, 0, 0, 0];

/** The default settings of a run, made for large models, need a `contextLength` of 8192. */
export function openArithmeticPolicy(contextLength = 256): ScriptedPolicy {
  return new ScriptedPolicy({ name: "toy", script: arithmeticScript, weights: arithmeticWeights, contextLength });
}
