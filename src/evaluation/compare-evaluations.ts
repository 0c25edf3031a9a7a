/**
 * Are two sets of weights different on the same questions? Each question is its own control, so the test is on the paired
 * differences d_i = b_i - a_i.
 *
 * Greedy answers are right or wrong: McNemar's exact test, two-sided binomial on the questions where the two differ. Means
 * over samples are shares: a paired bootstrap over questions; its p-value is twice the smaller share of resampled mean
 * differences on the other side of zero, (count + 1) / (resamples + 1), at most 1.
 */
import type { Comparison } from "../records/evaluations.ts";
import { mean } from "../rzero/metrics.ts";
import type { Random } from "../rzero/seeds.ts";
import { bootstrapMean, resampledMeans } from "./bootstrap.ts";

const RESAMPLES = 10_000;

/** `a`, `b`: [items], the metric's value of each item, in the same order; 0 or 1 for greedy. At least one. */
export function compareEvaluations(
  metric: Comparison["metric"],
  a: readonly number[],
  b: readonly number[],
  random: Random,
): Comparison {
  if (a.length !== b.length || a.length === 0) throw new RangeError(`cannot pair ${a.length} items with ${b.length}`);
  const differences = a.map((value, item) => b[item]! - value);
  const better = differences.filter((difference) => difference > 0).length;
  const worse = differences.filter((difference) => difference < 0).length;
  return {
    metric,
    items: a.length,
    a: mean(a),
    b: mean(b),
    difference: bootstrapMean(differences, random),
    better,
    worse,
    ...(metric === "greedy"
      ? { test: "mcnemar-exact" as const, pValue: mcNemarExact(better, worse) }
      : { test: "paired-bootstrap" as const, pValue: pairedBootstrap(differences, random) }),
  };
}

/** P(|X - n/2| >= |better - n/2|), X ~ Binomial(n, 1/2), n = better + worse: min(1, 2 P(X <= min)). */
export function mcNemarExact(better: number, worse: number): number {
  const n = better + worse;
  const fewer = Math.min(better, worse);
  // In logarithms: 2^-n is 0 in double precision for n > 1074.
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(logChoose - n * Math.LN2);
    logChoose += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}

export function pairedBootstrap(differences: readonly number[], random: Random, resamples = RESAMPLES): number {
  const means = resampledMeans(differences, random, resamples);
  const below = means.filter((value) => value <= 0).length;
  const above = means.filter((value) => value >= 0).length;
  return Math.min(1, (2 * (Math.min(below, above) + 1)) / (resamples + 1));
}
