/**
 * Two evaluations on the same questions, compared question by question. d_i: difference on question i, of n.
 *
 *   value       = mean d
 *   low, high   = 95 % percentile bootstrap of it over questions
 *   p           = (1 + #{|mean of s_i d_i| >= |mean d|}) / (1 + flips),  s_i = +-1 at random       sign-flip permutation test
 *
 * Under the hypothesis that both are equally good, each question could as well have come out the other way round. Most of
 * what two evaluations of a few hundred questions differ by is which questions they are; here they are the same.
 */
import type { PairedDifference } from "../records/records.ts";
import type { Random } from "../rzero/seeds.ts";
import { bootstrapMean } from "./metrics.ts";

const FLIPS = 2000;

/** `after` and `before`: one value per question, in the same order. */
export function pairedDifference(
  after: readonly number[],
  before: readonly number[],
  random: Random,
  flips = FLIPS,
): PairedDifference {
  if (after.length !== before.length) throw new RangeError(`${after.length} questions against ${before.length}`);
  const differences = after.map((value, index) => value - before[index]!);
  const { value, low, high } = bootstrapMean(differences, random);
  // Sums in another order differ in the last bits; a flip that only reorders must count as reached.
  const reached = Math.abs(value) * differences.length * (1 - 1e-9);
  const moved = differences.filter((difference) => difference !== 0);
  let asLarge = 0;
  for (let flip = 0; flip < flips; flip++) {
    let sum = 0;
    for (const difference of moved) sum += random() < 0.5 ? difference : -difference;
    if (Math.abs(sum) >= reached) asLarge++;
  }
  return { value, low, high, p: (1 + asLarge) / (1 + flips) };
}
