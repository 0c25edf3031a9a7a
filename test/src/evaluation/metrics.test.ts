import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrapMean } from "../../../src/evaluation/bootstrap.ts";
import { meanAtK, metricIntervals, passAtK, summarizeEvaluation } from "../../../src/evaluation/metrics.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";

describe("pass@k", () => {
  it("is the share of k-subsets with a correct sample, counted one by one", () => {
    const subsets = (n: number, k: number): number[][] =>
      k === 0 ? [[]] : n < k ? [] : [...subsets(n - 1, k), ...subsets(n - 1, k - 1).map((rest) => [...rest, n])];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(9), fc.integer({ min: 1, max: 9 }), (n, c, k) => {
        fc.pre(c <= n && k <= n);
        const all = subsets(n, k);
        expect(passAtK(n, c, k)).toBeCloseTo(
          all.filter((subset) => subset.some((at) => at <= c)).length / all.length,
          12,
        );
      }),
    );
  });

  it("does not overflow and refuses k > n", () => {
    expect(passAtK(100_000, 1, 10)).toBeCloseTo(1e-4, 12);
    expect(() => passAtK(4, 1, 5)).toThrow("pass@5 of 4 samples");
  });
});

describe("the bootstrap interval", () => {
  it("covers the true mean about 95 times in 100", () => {
    const random = seededRandom(11);
    let covered = 0;
    for (let trial = 0; trial < 400; trial++) {
      const values = Array.from({ length: 100 }, () => (random() < 0.3 ? 1 : 0));
      const { low, high } = bootstrapMean(values, random, 300);
      if (low <= 0.3 && 0.3 <= high) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.91);
    expect(covered / 400).toBeLessThan(0.98);
  });

  it("is the same for the same seed, and a point for constant values", () => {
    const values = [0, 1, 1, 0, 1];
    expect(bootstrapMean(values, seededRandom(5))).toEqual(bootstrapMean(values, seededRandom(5)));
    expect(bootstrapMean([1, 1, 1], seededRandom(5))).toEqual({ value: 1, low: 1, high: 1 });
    expect(bootstrapMean([], seededRandom(5))).toEqual({ value: 0, low: 0, high: 0 });
  });
});

describe("an evaluation", () => {
  const answered = [
    { skill: "b", correct: [true, true, false, false], majority: true, greedy: true },
    { skill: "a", correct: [false, false, true, false], majority: false, greedy: false },
    { skill: "b", correct: [false, false, false, false], majority: false, greedy: false },
  ];

  it("takes the share of right samples", () => {
    expect(meanAtK([true, false, false, true])).toBe(0.5);
  });

  it("sums up to values, intervals and skills", () => {
    const summary = summarizeEvaluation(answered, seededRandom(1), 4);
    expect(summary).toMatchObject({ questions: 3, k: 4 });
    expect(summary.meanAtK.value).toBeCloseTo(0.25, 12);
    expect(summary.majAtK.value).toBeCloseTo(1 / 3, 12);
    expect(summary.passAtK.value).toBeCloseTo(2 / 3, 12);
    expect(summary.greedy.value).toBeCloseTo(1 / 3, 12);
    expect(summary.skills).toMatchObject({
      a: { questions: 1, meanAtK: 0.25, greedy: 0, meanAtKInterval: { value: 0.25, low: 0.25, high: 0.25 } },
      b: { questions: 2, meanAtK: 0.25, greedy: 0.5, greedyInterval: { value: 0.5, low: 0, high: 1 } },
    });
    expect(summary.strata).toEqual({});
    for (const { low, value, high } of [summary.meanAtK, summary.passAtK]) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  });

  it("sums up by skill and size where questions have one", () => {
    const sized = answered.map((each, index) => ({ ...each, size: index === 2 ? 4 : 3 }));
    const { strata } = summarizeEvaluation(sized, seededRandom(1), 4);
    expect(Object.keys(strata!)).toEqual(["a-3", "b-3", "b-4"]);
    expect(strata!["b-3"]).toMatchObject({ questions: 1, meanAtK: 0.5, greedy: 1 });
  });

  it("of no question is empty, not an error", () => {
    expect(summarizeEvaluation([], seededRandom(1), 0)).toMatchObject({ questions: 0, k: 0, skills: {} });
  });

  it("says nothing of what was not asked for", () => {
    const greedyOnly = [{ skill: "a", correct: [], majority: null, greedy: true }];
    expect(metricIntervals(greedyOnly, seededRandom(1), 0)).toEqual({
      meanAtK: null,
      majAtK: null,
      passAtK: null,
      greedy: { value: 1, low: 1, high: 1 },
    });
  });
});
