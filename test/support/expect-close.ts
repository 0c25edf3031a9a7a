import { expect } from "vitest";

/** max |a - b| / max(max |b|, floor): the error against the size of the tensor, not of its smallest element. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-12): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values where ${expected.length} were expected`);
  let largest = floor;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const difference = Math.abs(actual[i]! - expected[i]!);
    error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
  }
  return error / largest;
}

/**
 * Goldens are met to about 1e-6 on the CPU. Other devices add in another order and have an exp and a log of their own: there
 * a tolerance is twenty times as wide, still far below the 1e-4 that separates a rounding from a mistake.
 */
const slack = (process.env.RZERO_TEST_DEVICE ?? "cpu") === "cpu" ? 1 : 20;

/** Fails with `what` in the message, so that a failing tensor among many is named. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
  floor?: number,
): void {
  expect(relativeError(actual, expected, floor), `relative error of ${what}`).toBeLessThanOrEqual(tolerance * slack);
}
