import { describe, expect, it } from "vitest";
import { throughput } from "../../bench/speed/report.ts";
import { median, quantile } from "../../bench/speed/statistics.ts";

describe("quantile", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  it("takes the nearest rank, in any order of values", () => {
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 1)).toBe(100);
  });
  it("has a median between the middle two", () => {
    expect(median([9])).toBe(9);
    expect(median([8, 1, 2, 4])).toBe(3);
    expect(median([5, 1, 2])).toBe(2);
  });
  it("is not a number for no values", () => expect(median([])).toBeNaN());
});

describe("throughput", () => {
  it("is that of the fastest sample, and its share of the ceiling", () => {
    const result = throughput({ tokens: 1000, flops: 6e9 }, [0.2, 0.1, 0.4], 120);
    expect(result).toEqual({
      tokensPerSecond: 10_000,
      medianTokensPerSecond: 5_000,
      gflops: 60,
      ceilingShare: 0.5,
      samples: 3,
    });
  });
});
