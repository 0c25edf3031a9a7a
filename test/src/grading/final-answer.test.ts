import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extractFinalAnswer } from "../../../src/grading/final-answer.ts";

describe("extractFinalAnswer", () => {
  it.each([
    ["so \\boxed{12}", "12"],
    ["\\boxed{1} then \\boxed{2}", "2"],
    ["\\boxed{\\frac{1}{2}}.", "\\frac{1}{2}"],
    ["\\boxed{\\{1,2\\}}", "\\{1,2\\}"],
    ["\\boxed {7} done", "7"],
    ["\\boxed 7", "7"],
    ["\\fbox{7}", "7"],
    ["\\boxed{1} or rather \\fbox{2}", "2"],
    ["\\boxed{1} and \\boxed{2", null],
    ["\\boxed{}", null],
    ["\\boxed{ }", null],
    ["The final answer is 42.", "42"],
    ["The final answer is: $\\frac{1}{2}$. I hope it is correct.", "$\\frac{1}{2}$"],
    ["Final Answer: 42", "42"],
    ["the answer is 3.5.\n", "3.5"],
    ["The answer is (B)", "(B)"],
    ["The correct option is C.", "C"],
    ["Answer: 17", "17"],
    ["**Answer:** 17", "17"],
    ["work\n#### 1,234", "1,234"],
    ["#### 10\nmore\n#### 20", "20"],
    ["The answer is 1. No: the answer is 2.", "2"],
    ["The answer is 5, so \\boxed{6}", "6"],
    ["no marker at all, 5", null],
    ["", null],
  ])("%j -> %j", (text, expected) => expect(extractFinalAnswer(text)).toBe(expected));

  it("never throws, trims, and returns no empty answer", () => {
    const parts = fc.constantFrom(
      "\\boxed{",
      "}",
      "{",
      "####",
      "final answer is",
      "answer:",
      " ",
      "\n",
      "5",
      ".",
      "\\",
      "$",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string({ maxLength: 3 })), { maxLength: 30 }), (all) => {
        const answer = extractFinalAnswer(all.join(""));
        expect(answer === null || (answer !== "" && answer.trim() === answer)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("takes linear time", () => {
    const start = performance.now();
    for (const text of [
      "\\boxed{".repeat(100_000),
      "answer is ".repeat(50_000),
      "#### ".repeat(100_000),
      "final answer ".repeat(50_000),
    ]) {
      extractFinalAnswer(text);
    }
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
