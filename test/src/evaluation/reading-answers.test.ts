/** What a multiple-choice completion names, and when short answers in words are the same. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extractChoice, letterOf } from "../../../src/evaluation/choices.ts";
import { equalPlainAnswers } from "../../../src/evaluation/plain-answer.ts";

const choices = ["red", "12 cm", "A dog", "none of these"];

describe("a choice", () => {
  it.each([
    ["\\boxed{B}", "B"],
    ["so \\boxed{\\text{(C)}}", "C"],
    ["first \\boxed{A}, no: \\boxed{D}.", "D"],
    ["The answer is (B) because it fits.", "B"],
    ["The answer is b", "B"],
    ["Final answer: **C**", "C"],
    ["\\boxed{B. 12 cm}", "B"],
    ["\\boxed{12 cm}", "B"],
    ["\\boxed{A dog}", "C"],
    ["\\boxed{Option D}", "D"],
    ["Answer: B", "B"],
  ])("%s names %s", (completion, letter) => {
    expect(extractChoice(completion, choices)).toBe(letter);
  });

  it.each([
    "I think it is red or blue",
    "\\boxed{E}",
    "\\boxed{A or B}",
    "\\boxed{",
    "",
    "B",
    "\\boxed{green}",
    "\\boxed{Because}",
  ])("%j names none, and none is guessed", (completion) => {
    expect(extractChoice(completion, choices)).toBeNull();
  });

  it("is never one that was not offered, and never throws", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 2, max: 10 }), (text, count) => {
        const some = Array.from({ length: count }, (_, place) => `choice ${place}`);
        const letter = extractChoice(`\\boxed{${text}}`, some);
        if (letter !== null) expect(letter <= letterOf(count - 1)).toBe(true);
      }),
    );
  });
});

describe("a short answer in words", () => {
  it.each([
    ["Proved", "proved."],
    ["(a)", "A"],
    ["3, 5, 7", "3,5,7"],
    ["[x, y]", "x,y"],
    ["4.0", "4"],
    ["'yes'", "yes"],
    ["\\text{unknown}", "unknown"],
  ])("%s is %s", (a, b) => {
    expect(equalPlainAnswers(a, b)).toBe(true);
    expect(equalPlainAnswers(b, a)).toBe(true);
  });

  it.each([
    ["proved", "disproved"],
    ["3,5", "5,3"],
    ["4", "40"],
    ["", "0"],
  ])("%j is not %j", (a, b) => {
    expect(equalPlainAnswers(a, b)).toBe(false);
  });

  it("is itself, and what it is like is like it", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[([]?[a-c1.0,]{0,4}[\])]?\.?$/));
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(equalPlainAnswers(a, a)).toBe(true);
        expect(equalPlainAnswers(a, b)).toBe(equalPlainAnswers(b, a));
      }),
    );
  });
});
