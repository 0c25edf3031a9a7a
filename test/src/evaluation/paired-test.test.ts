import { describe, expect, it } from "vitest";
import { pairedDifference } from "../../../src/evaluation/paired-test.ts";
import { proportion } from "../../../src/evaluation/proportion.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";

describe("a paired comparison", () => {
  it("finds a small difference that the questions share, where two intervals would overlap", () => {
    const random = seededRandom(1);
    const before = Array.from({ length: 200 }, () => (random() < 0.5 ? 1 : 0));
    const after = before.map((value, index) => (index % 20 === 0 ? 1 : value));
    const { value, low, high, p } = pairedDifference(after, before, seededRandom(2));
    expect(value).toBeGreaterThan(0);
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
    // Only zeros became ones: with n of them all signs alike happens once in 2^(n-1).
    const moved = after.filter((each, index) => each !== before[index]).length;
    expect(Math.abs(p - 2 ** (1 - moved))).toBeLessThan(0.03);
  });

  it("is significant by chance about as often as it says", () => {
    let significant = 0;
    for (let trial = 0; trial < 300; trial++) {
      const random = seededRandom(trial);
      const draw = () => Array.from({ length: 40 }, () => Math.floor(random() * 9) / 8);
      if (pairedDifference(draw(), draw(), random, 200).p <= 0.05) significant++;
    }
    expect(significant / 300).toBeGreaterThan(0.015);
    expect(significant / 300).toBeLessThan(0.09);
  });

  it("of equal results says nothing, and refuses other questions", () => {
    expect(pairedDifference([1, 0, 1], [1, 0, 1], seededRandom(1))).toEqual({ value: 0, low: 0, high: 0, p: 1 });
    expect(() => pairedDifference([1], [1, 0], seededRandom(1))).toThrow(RangeError);
  });
});

describe("a proportion", () => {
  it("has Wilson's interval", () => {
    // 84 of 100, the formula worked out by hand in double precision.
    const { value, low, high, items } = proportion(84, 100)!;
    expect([value, items]).toEqual([0.84, 100]);
    expect(low).toBeCloseTo(0.7557973, 7);
    expect(high).toBeCloseTo(0.8990471, 7);
  });

  it("stays within 0..1 and holds its value at both ends", () => {
    expect(proportion(0, 10)).toMatchObject({ value: 0, low: 0 });
    expect(proportion(10, 10)).toMatchObject({ value: 1, high: 1 });
    expect(proportion(0, 0)).toBeNull();
  });
});
