import { describe, expect, it } from "vitest";
import { arithmetic } from "../../../src/domains/arithmetic/arithmetic.ts";
import {
  DEFAULT_CORPUS_OPTIONS,
  type PretrainingDocument,
  pretrainingDocuments,
} from "../../../src/domains/arithmetic/corpus.ts";
import { heldOutQuestions, isHeldOut } from "../../../src/domains/arithmetic/held-out.ts";
import { oracle } from "../../../src/domains/arithmetic/oracle.ts";
import { SKILLS } from "../../../src/domains/arithmetic/skills.ts";
import {
  CHARACTER_TOKENS,
  SPECIAL_TOKENS,
  VOCABULARY,
  WHOLE_TOKENS,
} from "../../../src/domains/arithmetic/vocabulary.ts";

function take(
  count: number,
  seed: number,
  options?: Parameters<typeof pretrainingDocuments>[1],
): PretrainingDocument[] {
  const documents = pretrainingDocuments(seed, options);
  return Array.from({ length: count }, () => documents.next().value);
}

/** Text as tokens without specials; throws at a character that no token holds. */
function tokens(text: string): string[] {
  const result: string[] = [];
  for (let at = 0; at < text.length; at += result.at(-1)!.length) {
    const token = [...WHOLE_TOKENS, ...CHARACTER_TOKENS].find((each) => text.startsWith(each, at));
    if (token === undefined) throw new Error(`no token for ${JSON.stringify(text.slice(at))}`);
    result.push(token);
  }
  return result;
}

const documents = take(40_000, 1);
const questionOf = ({ role, messages, completion }: PretrainingDocument) =>
  role === "solver" ? messages[0]!.content : /<question>(.*?)(?:<\/question>|\\boxed|$)/.exec(completion)?.[1];

describe("the vocabulary", () => {
  it("has at most 64 distinct tokens", () => {
    expect(VOCABULARY.length).toBeLessThanOrEqual(64);
    expect(new Set(VOCABULARY).size).toBe(VOCABULARY.length);
    expect(VOCABULARY.slice(0, SPECIAL_TOKENS.length)).toEqual([...SPECIAL_TOKENS]);
  });

  it("spells every document, in at most 40 tokens of completion", () => {
    for (const { messages, completion } of documents) {
      expect(messages.length).toBe(1);
      expect(tokens(messages[0]!.content).length).toBeLessThanOrEqual(40);
      // One more ends the turn.
      expect(tokens(completion).length + 1).toBeLessThanOrEqual(40);
    }
  });

  it("spells every held-out question and its worked solution", () => {
    for (const { question, answer } of heldOutQuestions(500)) tokens(`${question}${answer}`);
  });
});

describe("pre-training text", () => {
  it("is the same for the same seed and another for another", () => {
    expect(take(200, 7)).toEqual(take(200, 7));
    expect(take(200, 7)).not.toEqual(take(200, 8));
  });

  it("never holds a held-out question, nor the largest sizes", () => {
    const heldOut = new Set(heldOutQuestions(1000).map(({ question }) => question));
    for (const document of documents) {
      const question = questionOf(document);
      if (question !== undefined) {
        expect(isHeldOut(question) && oracle(question) !== null).toBe(false);
        expect(heldOut.has(question)).toBe(false);
      }
      expect(document.size).toBeLessThanOrEqual(SKILLS.find(({ name }) => name === document.skill)!.maxTrainedSize);
    }
  });

  it("without noise ends in the oracle's answer", () => {
    for (const { role, messages, completion } of take(3000, 2, { noise: 0 })) {
      if (role === "solver") expect(arithmetic.extractAnswer(completion)).toBe(oracle(messages[0]!.content));
    }
  });

  it("with noise errs in proportion to the steps, and near the truth", () => {
    const solutions = documents.filter(({ role, skill, size }) => role === "solver" && skill === "chain" && size === 3);
    const wrong = solutions.filter(
      ({ messages, completion }) => arithmetic.extractAnswer(completion) !== oracle(messages[0]!.content),
    );
    // Three results, each wrong with chance 0.08; slips cancel now and then.
    expect(wrong.length / solutions.length).toBeGreaterThan(0.17);
    expect(wrong.length / solutions.length).toBeLessThan(0.26);
  });

  it("errs at random, not in a pattern: no single wrong answer stands for a question", () => {
    const offsets = new Map<number, number>();
    for (const { role, messages, completion, size } of documents) {
      if (role !== "solver" || size !== 1) continue;
      const off = Number(arithmetic.extractAnswer(completion)) - Number(oracle(messages[0]!.content));
      if (off !== 0) offsets.set(off, (offsets.get(off) ?? 0) + 1);
    }
    const total = [...offsets.values()].reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(300);
    expect(Math.max(...offsets.values()) / total).toBeLessThan(0.25);
  });

  it("mixes roles, skills and sizes as its options say", () => {
    const share = (match: (document: PretrainingDocument) => boolean) =>
      documents.filter(match).length / documents.length;
    expect(share(({ role }) => role === "challenger")).toBeCloseTo(DEFAULT_CORPUS_OPTIONS.challengerShare, 1);
    for (const { name, minSize, maxTrainedSize } of SKILLS) {
      expect(share(({ skill }) => skill === name)).toBeGreaterThan(0.2);
      const ofSize = (wanted: number) => share(({ skill, size }) => skill === name && size === wanted);
      for (let size = minSize; size < maxTrainedSize; size++) expect(ofSize(size)).toBeGreaterThan(ofSize(size + 1));
      expect(ofSize(maxTrainedSize)).toBeGreaterThan(0);
    }
    const proposals = documents.filter(({ role }) => role === "challenger");
    const malformed = proposals.filter(({ completion }) => arithmetic.parseProposal(completion) === null).length;
    expect(malformed / proposals.length).toBeGreaterThan(0.015);
    expect(malformed / proposals.length).toBeLessThan(0.05);
  });
});

describe("the held-out set", () => {
  const questions = heldOutQuestions(240);

  it("covers every skill and size evenly, also sizes that pre-training never shows", () => {
    for (const { name, minSize, maxSize } of SKILLS) {
      for (let size = minSize; size <= maxSize; size++) {
        const count = questions.filter((each) => each.skill === name && each.size === size).length;
        expect(count).toBeGreaterThanOrEqual(13);
        expect(count).toBeLessThanOrEqual(14);
      }
    }
  });

  it("holds distinct held-out questions with the oracle's answers", () => {
    expect(questions.length).toBe(240);
    expect(new Set(questions.map(({ question }) => question)).size).toBe(240);
    expect(new Set(questions.map(({ id }) => id)).size).toBe(240);
    for (const { question, answer } of questions) {
      expect(isHeldOut(question)).toBe(true);
      expect(oracle(question)).toBe(answer);
    }
  });

  it("is the same every time, and the start of a larger one", () => {
    expect(heldOutQuestions(240)).toEqual(questions);
    expect(heldOutQuestions(300).slice(0, 240)).toEqual(questions);
    expect(heldOutQuestions(0)).toEqual([]);
  });

  it("keeps its questions from version to version", () => {
    expect(questions.slice(0, 6).map(({ question }) => question)).toMatchInlineSnapshot(`
      [
        "149-29",
        "76-6-25",
        "64-33+85-25",
        "72-1-13+70+32",
        "96-93+40-10+95-73",
        "153-9+218-204+2-5-90",
      ]
    `);
  });
});
