import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constantRate, warmupCosine } from "../../../gpu/optim/schedules.ts";
import { goldenAdamW } from "../../support/golden-adamw.ts";

const { warmupCosine: cosineRates, constant: constantRates, ...golden } = goldenAdamW.schedules;

describe("schedules", () => {
  it("warmupCosine gives transformers' rates", () => {
    for (const [i, rate] of cosineRates.entries()) expect(warmupCosine(i + 1, golden)).toBeCloseTo(rate, 9);
  });

  it("constantRate gives transformers' rates", () => {
    for (const [i, rate] of constantRates.entries()) expect(constantRate(i + 1, golden)).toBeCloseTo(rate, 9);
  });

  const plan = fc
    .record({
      peak: fc.double({ min: 1e-6, max: 1, noNaN: true }),
      floorShare: fc.double({ min: 0, max: 1, noNaN: true }),
      warmup: fc.nat(20),
      decay: fc.integer({ min: 1, max: 50 }),
    })
    .map(({ peak, floorShare, warmup, decay }) => ({ peak, floor: peak * floorShare, warmup, total: warmup + decay }));

  it("rises to the peak at the end of the warm-up, falls to the floor at the end and stays there", () =>
    fc.assert(
      fc.property(plan, (p) => {
        for (let step = 1; step < p.warmup; step++)
          expect(warmupCosine(step, p)).toBeLessThan(warmupCosine(step + 1, p));
        if (p.warmup > 0) expect(warmupCosine(p.warmup, p)).toBeCloseTo(p.peak, 12);
        for (let step = Math.max(1, p.warmup); step < p.total; step++)
          expect(warmupCosine(step, p)).toBeGreaterThanOrEqual(warmupCosine(step + 1, p) - 1e-15);
        expect(warmupCosine(p.total, p)).toBeCloseTo(p.floor, 12);
        expect(warmupCosine(p.total + 7, p)).toBeCloseTo(p.floor, 12);
      }),
    ));

  it("never gives a first step of rate 0", () =>
    fc.assert(
      fc.property(plan, (p) => {
        expect(constantRate(1, p)).toBeGreaterThan(0);
        if (p.warmup > 0) expect(warmupCosine(1, p)).toBeGreaterThan(0);
      }),
    ));
});
