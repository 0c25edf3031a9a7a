import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawPrioritized, priority } from "../../../src/rzero/prioritized.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";

describe("harder questions more often", () => {
  it("weighs by what is left to learn, and nothing by 0", () => {
    expect(priority(1, 10)).toBeCloseTo(1 / 12, 12);
    expect(priority(0.5, 10)).toBe(0.5);
    expect(priority(0, 10)).toBeCloseTo(11 / 12, 12);
  });

  it("draws each question once, all of them where there are few, the same for the same seed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { maxLength: 40 }),
        fc.nat(50),
        fc.nat(),
        (weights, count, seed) => {
          const drawn = drawPrioritized(weights, count, seededRandom(seed));
          expect(drawn).toHaveLength(Math.min(weights.length, count));
          expect(new Set(drawn).size).toBe(drawn.length);
          expect(drawn.every((index) => index >= 0 && index < weights.length)).toBe(true);
          expect(drawPrioritized(weights, count, seededRandom(seed))).toEqual(drawn);
        },
      ),
    );
  });

  it("draws the first in proportion to the weights", () => {
    const weights = [1, 2, 5];
    const firsts = [0, 0, 0];
    for (let seed = 0; seed < 20_000; seed++) firsts[drawPrioritized(weights, 1, seededRandom(seed))[0]!]!++;
    // Four standard errors of a share of 20,000 draws are at most 0.0142.
    for (const [index, count] of firsts.entries())
      expect(Math.abs(count / 20_000 - weights[index]! / 8)).toBeLessThan(0.0142);
  });
});
