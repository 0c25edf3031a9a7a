/** Percentile bootstrap over questions (Efron 1979), from a generator that the caller seeds. */
import type { Interval } from "../records/records.ts";
import { mean } from "../rzero/metrics.ts";
import { type Random, randomInteger } from "../rzero/seeds.ts";

const RESAMPLES = 2000;

/** Sorted means of resampled question sets. `values`: at least one. */
export function resampledMeans(values: readonly number[], random: Random, resamples: number): Float64Array {
  const means = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[randomInteger(random, 0, values.length - 1)]!;
    means[draw] = sum / values.length;
  }
  return means.sort();
}

/** Mean of per-question values with the 2.5 and 97.5 percentiles of the means of resampled question sets. */
export function bootstrapMean(values: readonly number[], random: Random, resamples = RESAMPLES): Interval {
  if (values.length === 0) return { value: 0, low: 0, high: 0 };
  const means = resampledMeans(values, random, resamples);
  return { value: mean(values), low: percentile(means, 0.025), high: percentile(means, 0.975) };
}

/** Linear interpolation between the closest ranks of sorted values. */
function percentile(sorted: Float64Array, share: number): number {
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)]!;
  return below + (rank - Math.floor(rank)) * (sorted[Math.ceil(rank)]! - below);
}
