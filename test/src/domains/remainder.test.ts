import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOperations, parseQuestion } from "../../../src/domains/arithmetic/expression.ts";
import { oracle } from "../../../src/domains/arithmetic/oracle.ts";
import { remainder } from "../../../src/domains/arithmetic/remainder.ts";
import { drawQuestion, SKILLS } from "../../../src/domains/arithmetic/skills.ts";
import { workText } from "../../../src/domains/arithmetic/work.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";

const drawn = fc
  .tuple(fc.constantFrom(...SKILLS), fc.nat(9), fc.nat(2 ** 32 - 1))
  .map(([skill, at, seed]) =>
    drawQuestion(skill, skill.minSize + (at % (skill.maxSize - skill.minSize + 1)), seededRandom(seed)),
  );

describe("what is left of a question after its first step", () => {
  it.each([
    ["12+18-2", "30,\\boxed{28}", "30-2"],
    ["(12+5)-(3+4)", "17,7,\\boxed{10}", "17-(3+4)"],
    ["(1+2+3)+4", "3,6,\\boxed{10}", "(3+3)+4"],
    ["20-(3+4)+1", "7,13,\\boxed{14}", "20-7+1"],
    ["6*17+4", "60,42,102,\\boxed{106}", "102+4"],
    ["2+3*5+1", "15,17,\\boxed{18}", "2+15+1"],
    ["larger of 34+5 and 41-7", "39,34,\\boxed{39}", "larger of 39 and 41-7"],
    ["larger of 94 and 5+57+1", "62,63,\\boxed{94}", "larger of 94 and 62+1"],
    ["larger of 4 and 5+57", "62,\\boxed{62}", "larger of 4 and 62"],
    ["12+18-2", "31,\\boxed{29}", "31-2"],
  ])("%s worked as %s is %s", (question, work, left) => expect(remainder(question, work)).toBe(left));

  it.each([
    ["one operation alone", "1+2", "\\boxed{3}"],
    ["a product alone", "6*17", "60,42,\\boxed{102}"],
    ["a result below zero", "3-5+9", "-2,\\boxed{7}"],
    ["a result that is too long", "9999+9999-1", "19998,\\boxed{19997}"],
    ["work that ends before the step", "6*17+4", "60,\\boxed{64}"],
    ["no work", "12+18-2", "I do not know"],
    ["other text", "12+18-2", "first 30,\\boxed{28}"],
    ["no question", "12+", "30,\\boxed{28}"],
  ])("%s leaves nothing", (_, question, work) => expect(remainder(question, work)).toBeNull());

  it("has the question's answer where the step is right, and one operation less", () => {
    let left = 0;
    fc.assert(
      fc.property(drawn, ({ text, question }) => {
        const rest = remainder(text, workText(question));
        if (rest === null) return;
        left++;
        expect(oracle(rest)).toBe(oracle(text));
        expect(countOperations(parseQuestion(rest)!)).toBe(countOperations(question) - 1);
      }),
      { numRuns: 2000 },
    );
    expect(left).toBeGreaterThan(1500);
  });

  it("is text or null, whatever it is given", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          drawn.map(({ text }) => text),
          fc.string(),
        ),
        fc.string(),
        (question, completion) => {
          const rest = remainder(question, completion);
          expect(rest === null || parseQuestion(rest) !== null).toBe(true);
        },
      ),
    );
  });
});
