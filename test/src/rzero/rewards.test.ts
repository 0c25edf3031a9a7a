import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupAdvantages } from "../../../src/rzero/advantages.ts";
import { challengerRewards } from "../../../src/rzero/challenger-reward.ts";
import { solverReward } from "../../../src/rzero/solver-reward.ts";
import { uncertaintyReward } from "../../../src/rzero/target-share.ts";

const half = { targetShare: 0.5, targetWidth: 0.5 } as const;
const paper = { reward: "paper", repetitionWeight: 1, repetitionThreshold: 0.5, memoryWeight: 0, ...half } as const;
const code = { ...paper, reward: "reference-code" } as const;
const question = (text: string, majorityShare: number) => ({ words: text.split(" "), majorityShare });

describe("the Challenger's reward", () => {
  it("is highest at a share of one half and 0 at the ends", () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => uncertaintyReward(share, half))).toEqual([0, 0.5, 1, 0.5, 0]);
  });

  const batch = [
    question("how many ways are there to seat five guests", 0.5),
    null,
    question("how many ways are there to seat five people", 0.9),
    question("find the area of a triangle with sides three four five", 0.7),
  ];

  it("is the paper's, part by part", () => {
    const rewards = challengerRewards(batch, paper);
    expect(rewards.map((each) => each.clusterSize)).toEqual([2, 0, 2, 1]);
    expect(rewards.map((each) => each.repetitionPenalty)).toEqual([0.5, 0, 0.5, 0.25]);
    expect(rewards.map((each) => each.formatReward)).toEqual([1, 0, 1, 1]);
    for (const [at, reward] of [0.5, 0, 0, 0.35].entries()) expect(rewards[at]!.reward).toBeCloseTo(reward, 12);
  });

  it("is the released code's under its name: half the uncertainty, no floor, -1 on bad format", () => {
    const rewards = challengerRewards(batch, code).map((each) => each.reward);
    for (const [at, reward] of [0, -1.25, -0.4, 0.05].entries()) expect(rewards[at]).toBeCloseTo(reward, 12);
  });

  it("stays in 0..1 for the paper, whatever the batch", () => {
    const any = fc.option(
      fc.record({
        words: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 8 }),
        majorityShare: fc.integer({ min: 0, max: 10 }).map((votes) => votes / 10),
      }),
    );
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 12 }), (questions) => {
        for (const [at, { reward, formatReward }] of challengerRewards(questions, paper).entries()) {
          expect(reward).toBeGreaterThanOrEqual(0);
          expect(reward).toBeLessThanOrEqual(1);
          expect(formatReward).toBe(questions[at] === null ? 0 : 1);
        }
      }),
    );
  });
});

describe("the Solver's reward", () => {
  const equivalent = (a: string, b: string) => a === b;
  const thought = "<think>2+2</think>\n\\boxed{4}";

  it("is agreement with the pseudo-label", () => {
    expect(solverReward({ text: "", answer: "4" }, "4", equivalent, "correct").reward).toBe(1);
    expect(solverReward({ text: "", answer: "5" }, "4", equivalent, "correct").reward).toBe(0);
    expect(solverReward({ text: "", answer: null }, "null", equivalent, "correct").reward).toBe(0);
  });

  it("adds a tenth for think tags in the released code's kind", () => {
    const kind = "correct-and-think-format";
    expect(solverReward({ text: thought, answer: "4" }, "4", equivalent, kind).reward).toBeCloseTo(1, 12);
    expect(solverReward({ text: thought, answer: "4" }, "5", equivalent, kind).reward).toBeCloseTo(0.1, 12);
    expect(solverReward({ text: "\\boxed{4}", answer: "4" }, "4", equivalent, kind).reward).toBeCloseTo(0.9, 12);
    expect(solverReward({ text: ` ${thought}`, answer: null }, "4", equivalent, kind).thinkFormat).toBe(0);
    expect(solverReward({ text: "<think>\\boxed{4}</think>", answer: "4" }, "4", equivalent, kind).thinkFormat).toBe(0);
  });
});

describe("advantages", () => {
  it("are (r - mean) / (std + 1e-6) with n - 1", () => {
    const { advantages, std, mean, constantGroup } = groupAdvantages([1, 0, 0, 1, 1]);
    expect(mean).toBeCloseTo(0.6, 12);
    expect(std).toBeCloseTo(Math.sqrt(0.3), 12);
    expect(advantages[0]).toBeCloseTo(0.4 / (Math.sqrt(0.3) + 1e-6), 12);
    expect(constantGroup).toBe(false);
  });

  it("of a constant group are 0 and flagged, also where the mean would round", () => {
    for (const rewards of [[0.1, 0.1, 0.1], [1], []]) {
      expect(groupAdvantages(rewards)).toMatchObject({ constantGroup: true, advantages: rewards.map(() => 0) });
    }
  });

  it("sum to 0 and keep the order of the rewards", () => {
    const rewards = fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 16 });
    fc.assert(
      fc.property(rewards, (values) => {
        const { advantages } = groupAdvantages(values);
        expect(Math.abs(advantages.reduce((sum, each) => sum + each, 0))).toBeLessThan(1e-6);
        for (let i = 1; i < values.length; i++) {
          if (values[i]! > values[i - 1]!) expect(advantages[i]!).toBeGreaterThanOrEqual(advantages[i - 1]!);
        }
      }),
    );
  });

  it("refuse a reward that is not a number, naming it", () => {
    expect(() => groupAdvantages([1, Number.NaN])).toThrow("a reward must be finite, got NaN");
  });
});
