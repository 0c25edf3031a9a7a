import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arithmetic } from "../../../src/domains/arithmetic/arithmetic.ts";
import { countOperations, parseQuestion, printQuestion } from "../../../src/domains/arithmetic/expression.ts";
import { oracle, questionValue } from "../../../src/domains/arithmetic/oracle.ts";
import { drawQuestion, SKILLS } from "../../../src/domains/arithmetic/skills.ts";
import { workText } from "../../../src/domains/arithmetic/work.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";

/** Text that is nearly a question. */
const nearQuestion = fc
  .array(fc.oneof(fc.constantFrom(..."0123456789+-*()"), fc.constantFrom("larger of ", "smaller of ", " and ", "12")), {
    maxLength: 24,
  })
  .map((parts) => parts.join(""));

/** An expression of the grammar. */
const expression = fc.letrec<{ sum: string; product: string; factor: string }>((tie) => ({
  sum: fc.array(tie("product"), { minLength: 1, maxLength: 4 }).chain((terms) => joined(terms, ["+", "-"])),
  product: fc.array(tie("factor"), { minLength: 1, maxLength: 2 }).chain((factors) => joined(factors, ["*"])),
  factor: fc.oneof(
    { maxDepth: 2 },
    fc.nat(9999).map(String),
    tie("sum").map((sum) => `(${sum})`),
  ),
})).sum;

function joined(parts: string[], operators: string[]): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom(...operators), { minLength: parts.length, maxLength: parts.length })
    .map((between) => parts.reduce((text, part, at) => text + (at === 0 ? "" : between[at]) + part, ""));
}

/** A second evaluation that shares nothing with the oracle: JavaScript's own, in exact integers. */
function evaluateIndependently(text: string): bigint {
  const comparison = text.match(/^(larger|smaller) of ([^ ]+) and ([^ ]+)$/);
  if (comparison) {
    const [left, right] = [evaluateIndependently(comparison[2]!), evaluateIndependently(comparison[3]!)];
    return left > right === (comparison[1] === "larger") ? left : right;
  }
  if (!/^[0-9+*()-]+$/.test(text)) throw new Error(`not arithmetic: ${text}`);
  return new Function(`return ${text.replace(/\d+/g, "$&n")}`)() as bigint;
}

const drawn = fc
  .tuple(fc.nat(SKILLS.length - 1), fc.nat(9), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  .map(([number, at, seed]) => {
    const skill = SKILLS[number]!;
    const size = skill.minSize + (at % (skill.maxSize - skill.minSize + 1));
    return { skill, size, ...drawQuestion(skill, size, seededRandom(seed)) };
  });

describe("questions", () => {
  it("are parsed or refused, never thrown at, and print as they were read", () => {
    fc.assert(
      fc.property(fc.oneof(nearQuestion, fc.string()), (text) => {
        const question = parseQuestion(text);
        if (question) expect(printQuestion(question)).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it("of the grammar are all read", () => {
    fc.assert(
      fc.property(expression, expression, (left, right) => {
        for (const text of [left, `larger of ${left} and ${right}`]) {
          if (text.length <= 200) expect(printQuestion(parseQuestion(text)!)).toBe(text);
        }
      }),
    );
  });

  it.each([
    "",
    "12+",
    "+12",
    "-5",
    "12345",
    "007",
    "1 + 2",
    "(1+2",
    "1+2)",
    "()",
    "1/2",
    "larger of 1",
    "1 and 2",
    "2(3)",
  ])("%j is none", (text) => expect(oracle(text)).toBeNull());

  it("of absurd size are refused in no time", () => {
    expect(oracle("(".repeat(1_000_000))).toBeNull();
    expect(oracle(`1${"+1".repeat(1_000_000)}`)).toBeNull();
    expect(oracle(new Array(30).fill("9999").join("*"))).toBeNull();
    expect(oracle(`${"(".repeat(99)}1${")".repeat(99)}`)).toBe("1");
  });
});

describe("the oracle", () => {
  it.each([
    ["12+18-2", "28"],
    ["2+3*4", "14"],
    ["20-(3+4)", "13"],
    ["3-5", "-2"],
    ["0*(1-4)", "0"],
    ["larger of 34+5 and 41-7", "39"],
    ["smaller of 34+5 and 41-7", "34"],
    ["larger of 4 and 4", "4"],
  ])("%s = %s", (question, answer) => expect(oracle(question)).toBe(answer));

  it("agrees with an independent evaluation, or says that a value leaves the exact integers", () => {
    let answered = 0;
    fc.assert(
      fc.property(expression, expression, fc.constantFrom("larger", "smaller"), (left, right, pick) => {
        for (const text of [left, `${pick} of ${left} and ${right}`]) {
          const answer = oracle(text);
          if (answer === null) continue;
          answered++;
          expect(answer).toBe(String(evaluateIndependently(text)));
        }
      }),
      { numRuns: 500 },
    );
    expect(answered).toBeGreaterThan(400); // of 1,000: 511 to 576 were seen in 25 runs
  });
});

describe("worked solutions", () => {
  it.each([
    ["12+18-2", "30,\\boxed{28}"],
    ["6*17", "60,42,\\boxed{102}"],
    ["17*6", "60,42,\\boxed{102}"],
    ["6*20", "\\boxed{120}"],
    ["6*7", "\\boxed{42}"],
    ["6*17+5", "60,42,102,\\boxed{107}"],
    ["0*17", "0,0,\\boxed{0}"],
    ["17*0", "0,0,\\boxed{0}"],
    ["12*34", "360,48,\\boxed{408}"],
    ["(12+5)-(3+4)", "17,7,\\boxed{10}"],
    ["larger of 34+5 and 41-7", "39,34,\\boxed{39}"],
    ["smaller of 34 and 41-7", "34,\\boxed{34}"],
    ["5", "\\boxed{5}"],
  ])("%s -> %s", (text, work) => expect(workText(parseQuestion(text)!)).toBe(work));

  it("end in the oracle's answer, for any question it answers", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          expression,
          drawn.map(({ text }) => text),
        ),
        (text) => {
          const answer = oracle(text);
          fc.pre(answer !== null);
          expect(arithmetic.extractAnswer(workText(parseQuestion(text)!))).toBe(answer);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("skills", () => {
  it("draw questions of the asked size with every value in 0..9999", () => {
    fc.assert(
      fc.property(drawn, ({ question, size, text }) => {
        expect(countOperations(question)).toBe(size);
        for (const value of workText(question).match(/-?\d+/g)!) {
          expect(Number(value)).toBeGreaterThanOrEqual(0);
          expect(Number(value)).toBeLessThanOrEqual(9999);
        }
        expect(parseQuestion(text)).toEqual(question);
      }),
      { numRuns: 1000 },
    );
  });

  it("have more than a hundred possible answers each, none of them common", () => {
    for (const skill of SKILLS) {
      const random = seededRandom(1);
      const counts = new Map<number, number>();
      for (let draw = 0; draw < 3000; draw++) {
        const value = questionValue(drawQuestion(skill, skill.minSize, random).question)!;
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      expect(counts.size).toBeGreaterThan(100);
      expect(Math.max(...counts.values()) / 3000).toBeLessThan(0.05);
    }
  });
});

describe("the domain", () => {
  it("reads a proposal only in its exact form", () => {
    const parse = arithmetic.parseProposal;
    expect(parse("<question>12+18-2</question>\\boxed{28}")).toEqual({ question: "12+18-2", answer: "28" });
    for (const broken of [
      "<question>12+18-2</question>",
      "<question>12+18-2\\boxed{28}",
      "12+18-2</question>\\boxed{28}",
      "<question></question>\\boxed{28}",
      "<question>12+</question>\\boxed{28}",
      "<question>28</question>\\boxed{28}",
      "<question>12+16</question>\\boxed{}",
      "<question>1+2</question>\\boxed{3}\\boxed{4}",
      "<question>1+2</question>\\boxed{3",
    ]) {
      expect(parse(broken)).toBeNull();
    }
  });

  it("never throws at a completion", () => {
    const pieces = fc.constantFrom("<question>", "</question>", "\\boxed{", "}", "1+2", "3", "{", "\\", ",");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((each) => each.join("")),
        ),
        (text) => {
          const proposal = arithmetic.parseProposal(text);
          if (proposal) expect(parseQuestion(proposal.question)).not.toBeNull();
          arithmetic.extractAnswer(text);
          arithmetic.words(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("counts numbers, operators and words as words", () => {
    expect(arithmetic.words("12+(18-2)")).toEqual(["12", "+", "(", "18", "-", "2", ")"]);
    expect(arithmetic.words("larger of 3 and 4*5")).toEqual(["larger", "of", "3", "and", "4", "*", "5"]);
  });
});
