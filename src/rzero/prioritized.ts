/**
 * Which questions a step trains on, where harder ones come more often (prioritized sampling; Kimi k1.5, arXiv 2501.12599,
 * section 2.3.4: in proportion to 1 - success rate):
 *
 *   w_i = 1 - (p_i m + 1) / (m + 2)       p_i: share of the m votes that are for the label; smoothed, so that nothing is left out
 *   drawn without replacement: the largest of u_i^(1 / w_i), u_i uniform        (Efraimidis and Spirakis 2006)
 *
 * A question that the Solver always answers right gives groups that do not differ, and no gradient.
 */
import type { Random } from "./seeds.ts";

/** `share`: of the votes, for the label. In 0..1, both excluded. */
export const priority = (share: number, votes: number): number => 1 - (share * votes + 1) / (votes + 2);

/** `count` indices of `weights`, all of them where there are no more; heavier ones more likely and earlier. Weights above 0. */
export function drawPrioritized(weights: readonly number[], count: number, random: Random): number[] {
  return weights
    .map((weight, index) => ({ index, key: Math.log(1 - random()) / weight }))
    .sort((a, b) => b.key - a.key || a.index - b.index)
    .slice(0, count)
    .map(({ index }) => index);
}
