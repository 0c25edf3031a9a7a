import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agreementByLuck, answerSpaces } from "../../../src/rzero/agreement-by-luck.ts";
import { labelWeight, voteMargin } from "../../../src/rzero/label-confidence.ts";
import { refusedText, refusedVote } from "../../../src/rzero/question-gate.ts";
import type { GateSettings } from "../../../src/rzero/run-config.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";
import { missingContext } from "../../../src/rzero/self-contained.ts";

const open: GateSettings = {
  selfContained: false,
  nearDuplicate: null,
  acrossIterations: false,
  minMargin: 0,
  maxLuck: 1,
  proposerAgrees: false,
  decompositions: 0,
  looksBy: "solver",
  keepCorrected: false,
  decompositionShare: 0.5,
};

describe("a question that stands alone", () => {
  it.each([
    "12+18-2",
    "larger of (3+4) and 5",
    "Let f(x) = x^2 on the half-open interval [0, 1). Find its largest value.",
    "The graph of y = x^2 is moved up by 3. Where does it cross y = 7?",
    "In the previous year a farm made 30 loaves. How many in two such years?",
  ])("%s", (question) => expect(missingContext(question)).toBeNull());

  it.each([
    ["Find the area of the triangle in the figure below.", "figure below"],
    ["Using the previous problem, find x.", "previous problem"],
    ["What is the sum of the numbers shown above?", "shown above"],
    ["What is 1+1? Answer: 2", "Answer:"],
    ["Compute 2+2. \\boxed{4}", "\\boxed"],
    ["(12+3", "brackets"],
    ["3+4)", "brackets"],
    ["{1, 2)", "brackets"],
  ])("and not: %s", (question, why) => expect(missingContext(question)).toContain(why));

  it("is asked for only where the run says so", () => {
    expect(refusedText("(12+3", open)).toBeNull();
    expect(refusedText("(12+3", { selfContained: true })).not.toBeNull();
  });
});

/** The largest group of m guesses among A answers, from all A^m sequences. */
function byEnumeration(samples: number, agreeing: number, answers: number): number {
  let reached = 0;
  for (let code = 0; code < answers ** samples; code++) {
    const counts = new Array<number>(answers).fill(0);
    for (let i = 0, rest = code; i < samples; i++, rest = Math.floor(rest / answers)) counts[rest % answers]!++;
    if (Math.max(...counts) >= agreeing) reached++;
  }
  return reached / answers ** samples;
}

describe("agreement by luck", () => {
  it("is what counting every sequence of guesses gives", () => {
    for (const [samples, answers] of [
      [5, 3],
      [6, 4],
      [10, 2],
      [4, 7],
    ] as const) {
      for (let agreeing = 0; agreeing <= samples + 1; agreeing++) {
        expect(agreementByLuck(samples, agreeing, answers)).toBeCloseTo(byEnumeration(samples, agreeing, answers), 12);
      }
    }
  });

  it("lets a guesser among 10 answers into R-Zero's band in 60 % of all questions", () => {
    const band = agreementByLuck(10, 3, 10) - agreementByLuck(10, 8, 10);
    expect(band).toBeCloseTo(0.604, 3);
  });

  it("is a probability, less for more agreement and for more answers", () => {
    const whole = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(whole, whole, fc.integer({ min: 2, max: 60 }), (samples, agreeing, answers) => {
        const luck = agreementByLuck(samples, agreeing, answers);
        expect(luck).toBeGreaterThanOrEqual(-1e-9);
        expect(luck).toBeLessThanOrEqual(1 + 1e-9);
        expect(agreementByLuck(samples, agreeing + 1, answers)).toBeLessThanOrEqual(luck + 1e-9);
        expect(agreementByLuck(samples, agreeing, answers + 1)).toBeLessThanOrEqual(luck + 1e-9);
      }),
    );
    expect(agreementByLuck(10, 7, Number.POSITIVE_INFINITY)).toBe(0);
  });

  it("takes the answer space of a label from the votes of the other questions", () => {
    const pool = [
      {
        pseudoLabel: "yes",
        votes: new Map([
          ["yes", 8],
          ["no", 2],
        ]),
      },
      {
        pseudoLabel: "no",
        votes: new Map([
          ["no", 6],
          ["yes", 4],
        ]),
      },
      { pseudoLabel: "418", votes: new Map([["418", 10]]) },
      { pseudoLabel: null, votes: new Map() },
    ];
    expect(answerSpaces(pool)).toEqual([20 / 4, 20 / 2, Number.POSITIVE_INFINITY, 1]);
  });
});

describe("the vote gate", () => {
  const vote = (...counts: number[]) => ({ groups: counts.map((count, index) => ({ answer: String(index), count })) });
  const seen = { samples: 10, answers: Number.POSITIVE_INFINITY, proposerAgrees: false };

  it("lets everything through where nothing is switched on", () => {
    expect(refusedVote({ vote: vote(3, 3), ...seen, answers: 1 }, open)).toBeNull();
    expect(refusedVote({ vote: vote(), ...seen }, open)).toBeNull();
  });

  it("asks for a lead over the second group, not only for a share", () => {
    expect(voteMargin(vote(7, 1, 1, 1).groups, 10)).toBeCloseTo(0.6, 12);
    expect(refusedVote({ vote: vote(7, 1, 1, 1), ...seen }, { ...open, minMargin: 0.5 })).toBeNull();
    expect(refusedVote({ vote: vote(7, 3), ...seen }, { ...open, minMargin: 0.5 })).toContain("0.4");
  });

  it("refuses an agreement that two answers give by chance, and not the same one among many", () => {
    const settings = { ...open, maxLuck: 0.01 };
    expect(refusedVote({ vote: vote(7, 3), ...seen, answers: 2 }, settings)).toContain("0.34");
    expect(refusedVote({ vote: vote(7, 3), ...seen, answers: 200 }, settings)).toBeNull();
  });

  it("may ask the Challenger", () => {
    expect(refusedVote({ vote: vote(9), ...seen }, { ...open, proposerAgrees: true })).toContain("Challenger");
    expect(refusedVote({ vote: vote(9), ...seen, proposerAgrees: true }, { ...open, proposerAgrees: true })).toBeNull();
  });

  it("weighs labels by their share only where told", () => {
    expect([labelWeight(0.7, "none"), labelWeight(0.7, "share")]).toEqual([1, 0.7]);
  });
});

it("luck agrees with guesses drawn at random", () => {
  const random = seededRandom(3);
  const draws = 20_000;
  let reached = 0;
  for (let draw = 0; draw < draws; draw++) {
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10; i++) counts[Math.floor(random() * 10)]!++;
    if (Math.max(...counts) >= 4) reached++;
  }
  expect(Math.abs(reached / draws - agreementByLuck(10, 4, 10))).toBeLessThan(0.012);
});
