import { describe, expect, it } from "vitest";
import { proportion } from "../../../src/evaluation/proportion.ts";

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
