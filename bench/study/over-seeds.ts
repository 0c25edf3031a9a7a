/**
 * Mean of a few seeds with its 95 % interval (Student):
 *
 *   mean +- t_{0.975, n-1} s / sqrt(n)          s with n - 1; no interval of a single seed
 */
import { mean } from "../../src/rzero/metrics.ts";

/** t_{0.975} by degrees of freedom 1..30. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

export interface OverSeeds {
  readonly mean: number;
  /** Half of the interval; null of one seed. */
  readonly half: number | null;
  readonly seeds: number;
}

/** null of no value. */
export function overSeeds(values: readonly (number | null)[]): OverSeeds | null {
  const given = values.filter((value) => value !== null);
  if (given.length === 0) return null;
  const middle = mean(given);
  if (given.length === 1) return { mean: middle, half: null, seeds: 1 };
  const deviation = Math.sqrt(given.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (given.length - 1));
  return {
    mean: middle,
    half: ((T[given.length - 2] ?? 1.96) * deviation) / Math.sqrt(given.length),
    seeds: given.length,
  };
}
