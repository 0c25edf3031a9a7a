import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { math as mathWith } from "../../../src/domains/math.ts";
import { exactGrader } from "../../../src/grading/exact-grader.ts";

const math = mathWith(exactGrader);

describe("the math domain", () => {
  it("asks for the two blocks and the box", () => {
    const [system, user] = math.challengerMessages();
    expect(system?.role).toBe("system");
    for (const part of ["<question>", "</question>", "\\boxed{", "30 %"]) expect(system?.content).toContain(part);
    expect(user?.role).toBe("user");
    expect(math.solverMessages("What is 1?").map(({ role }) => role)).toEqual(["system", "user"]);
    expect(math.solverMessages("What is 1?")[1]?.content).toBe("What is 1?");
  });

  it("reads the last complete block and the box after it", () => {
    const text = "thinking \\boxed{0}\n<question>\nFind $x$.\n</question>\n\n\\boxed{\\dfrac12}";
    expect(math.parseProposal(text)).toEqual({ question: "Find $x$.", answer: "\\frac{1}{2}" });
    for (const broken of [
      "",
      "<question>a</question>",
      "\\boxed{1}<question>a</question>",
      "<question> </question>\\boxed{1}",
      "a</question>\\boxed{1}",
    ]) {
      expect(math.parseProposal(broken)).toBeNull();
    }
  });

  it("reads back what is written in the format, and never throws", () => {
    const plain = fc.string({ minLength: 1 }).filter((text) => text.trim() !== "" && !text.includes("question>"));
    fc.assert(
      fc.property(plain, fc.integer(), fc.string(), (question, answer, noise) => {
        const parsed = math.parseProposal(
          `${noise.replace("<", "")}<question>\n${question}\n</question>\n\n\\boxed{${answer}}`,
        );
        expect(parsed).toEqual({ question: question.trim(), answer: String(answer) });
        math.parseProposal(noise);
        math.extractAnswer(noise);
      }),
    );
  });

  it("has no oracle and no held-out set", () => {
    expect(math.oracle).toBeUndefined();
    expect(math.heldOut(10)).toEqual([]);
    expect(math.words(" a  b\nc ")).toEqual(["a", "b", "c"]);
  });
});
