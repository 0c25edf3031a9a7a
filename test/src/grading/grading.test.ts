import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerOrNull, equivalentAnswers, normalizeAnswer } from "../../../src/grading/answer-equivalence.ts";
import { extractBoxed } from "../../../src/grading/boxed-answer.ts";
import { parseRational } from "../../../src/grading/rational.ts";

/** Text dense in what the grader looks at. */
const mathText = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."0123456789{}()\\$.,/+- =x"),
      fc.constantFrom("\\boxed{", "\\frac{", "\\dfrac", "\\left", "\\right", "\\!", "1/2", "0.50", "\u2212"),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.join(""));

describe("extractBoxed", () => {
  it.each([
    ["so \\boxed{12}", "12"],
    ["\\boxed{1} then \\boxed{2}", "2"],
    ["\\boxed{\\frac{1}{2}}.", "\\frac{1}{2}"],
    ["\\boxed{\\{1,2\\}}", "\\{1,2\\}"],
    ["\\boxed{}", ""],
    ["\\boxed{1} and \\boxed{2", null],
    ["\\boxed{\\}", null],
    ["\\boxed 5, \\fbox{5}", null],
    ["", null],
  ])("%j -> %j", (text, expected) => expect(extractBoxed(text)).toBe(expected));

  it("returns what was boxed, whatever surrounds it", () => {
    const balanced = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("1", "x+1", "", "\\frac"),
        fc.tuple(tie("text"), tie("text")).map(([a, b]) => `${a}{${b}}`),
      ),
    })).text;
    fc.assert(
      fc.property(mathText, balanced, fc.constantFrom("", ".", " done", "}"), (before, answer, after) => {
        expect(extractBoxed(`${before.replaceAll("\\", "")}\\boxed{${answer}}${after}`)).toBe(answer);
      }),
    );
  });

  it("never throws, and takes linear time", () => {
    fc.assert(
      fc.property(mathText, (text) => void extractBoxed(text)),
      { numRuns: 500 },
    );
    expect(extractBoxed(`\\boxed{${"{".repeat(1_000_000)}`)).toBeNull();
  });
});

describe("equivalentAnswers", () => {
  it.each([
    ["1/2", "0.5"],
    ["2/4", "\\frac{1}{2}"],
    ["\\dfrac12", ".50"],
    ["7", "7.0"],
    ["007", "7"],
    ["-3", "\u22123"],
    ["+3", "3"],
    ["-\\frac{1}{2}", "\\frac{-1}{2}"],
    ["1,000", "1000"],
    ["12,345,678.5", "12345678.5"],
    ["7 3/4", "31/4"],
    ["1\\frac{1}{2}", "3/2"],
    ["$42$", "42."],
    ["{5}", "5"],
    ["x=5", "5"],
    ["\\left( 1, 2 \\right)", "(1,2)"],
    ["6/3", "2"],
    ["0/5", "-0"],
    ["1.5/0.5", "3"],
    ["9007199254740993", "9007199254740993.0"],
  ])("%s is %s", (a, b) => expect(equivalentAnswers(a, b)).toBe(true));

  it.each([
    ["1/3", "0.333333333333333333"],
    ["9007199254740993", "9007199254740992"],
    ["50\\%", "0.5"],
    ["(1,2)", "(2,1)"],
    ["1,00", "100"],
    ["2 1", "21"],
    ["7 3/4", "73/4"],
    ["1/0", "2/0"],
    ["", "0"],
    ["3", "-3"],
    ["12", "1 2"],
    ["xy=5", "5"],
    ["\\leftarrow", "arrow"],
  ])("%s is not %s", (a, b) => expect(equivalentAnswers(a, b)).toBe(false));

  it("is total, reflexive and symmetric on any text", () => {
    fc.assert(
      fc.property(mathText, mathText, (a, b) => {
        expect(equivalentAnswers(a, b)).toBe(equivalentAnswers(b, a));
        expect(equivalentAnswers(a, a)).toBe(true);
        expect(equivalentAnswers(a, normalizeAnswer(a))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with exact fractions written in five ways", () => {
    const fraction = fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: 1, max: 400 }));
    const spellings = ([a, b]: [number, number], k: number) => [
      `${a}/${b}`,
      `${a * k}/${b * k}`,
      `\\frac{${a}}{${b}}`,
      `$\\tfrac{${a * k}}{${b * k}}$`,
      `-\\frac{${-a}}{${b}}`,
    ];
    fc.assert(
      fc.property(fraction, fraction, fc.integer({ min: 1, max: 9 }), (left, right, k) => {
        const equal = left[0] * right[1] === right[0] * left[1];
        // A sign before and one inside a fraction is not how answers are written.
        const write = (value: [number, number]) => spellings(value, k).filter((text) => !text.includes("--"));
        for (const a of write(left)) for (const b of write(right)) expect(equivalentAnswers(a, b)).toBe(equal);
      }),
    );
  });

  it("bounds its own time", () => {
    const long = "9".repeat(100_000);
    const started = performance.now();
    expect(equivalentAnswers(`1/${long}`, `2/${long}`)).toBe(false);
    expect(equivalentAnswers(" ".repeat(50_000) + long, long)).toBe(true);
    expect(equivalentAnswers(`${"{".repeat(20_000)}1${"}".repeat(20_000)}`, "1")).toBe(false);
    for (const hostile of ["x=", "\\left", "\\le\\left~", "{", "$", "1 ", "\\frac12", ".", "1,000"]) {
      equivalentAnswers(`${hostile.repeat(100_000)}1`, hostile.repeat(50_000));
      equivalentAnswers(hostile.repeat(Math.floor(999 / hostile.length)), `${hostile.repeat(20)}1`);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("answers", () => {
  it("that are empty are none", () => {
    expect([null, "", "  ", "$$", "{}"].map(answerOrNull)).toEqual([null, null, null, null, null]);
    expect(answerOrNull(" 1 000 ")).toBe("1 000");
  });

  it("read as numbers in lowest terms", () => {
    expect(parseRational("-6/4")).toEqual({ numerator: -3n, denominator: 2n });
    expect(parseRational("3/-6")).toEqual({ numerator: -1n, denominator: 2n });
    expect(["", "-", "1/0", "x", "1..2", "1e3", "--1", "9".repeat(201)].map(parseRational)).toEqual(
      new Array(8).fill(null),
    );
  });
});
