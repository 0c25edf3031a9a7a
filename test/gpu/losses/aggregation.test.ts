import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregationWeights } from "../../../gpu/losses/aggregation.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 20 });
const total = (weights: readonly number[], counts: readonly number[]) =>
  weights.reduce((sum, w, s) => sum + w * counts[s]!, 0);

describe("aggregationWeights", () => {
  it("token-mean gives every token the same weight, 1 in all", () =>
    fc.assert(
      fc.property(lengths, (counts) => {
        const weights = aggregationWeights("token-mean", counts);
        expect(new Set(weights).size).toBe(1);
        expect(total(weights, counts)).toBeCloseTo(1, 12);
      }),
    ));

  it("seq-mean-token-mean gives every sequence the same weight, 1 in all", () =>
    fc.assert(
      fc.property(lengths, (counts) => {
        const weights = aggregationWeights("seq-mean-token-mean", counts);
        for (const [s, w] of weights.entries()) expect(w * counts[s]!).toBeCloseTo(1 / counts.length, 12);
        expect(total(weights, counts)).toBeCloseTo(1, 12);
      }),
    ));

  it("seq-mean-token-sum gives every token 1 / S, so long sequences count more", () =>
    fc.assert(
      fc.property(lengths, (counts) => {
        const weights = aggregationWeights("seq-mean-token-sum", counts);
        for (const w of weights) expect(w).toBeCloseTo(1 / counts.length, 12);
      }),
    ));

  it("agrees for sequences of one length, but for the scale of the sum", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 9 }), (length, sequences) => {
        const counts = Array<number>(sequences).fill(length);
        const [tokenMean, sequenceMean, tokenSum] = (
          ["token-mean", "seq-mean-token-mean", "seq-mean-token-sum"] as const
        ).map((aggregation) => aggregationWeights(aggregation, counts)[0]!);
        expect(sequenceMean).toBeCloseTo(tokenMean!, 12);
        expect(tokenSum! / length).toBeCloseTo(tokenMean!, 12);
      }),
    ));
});
