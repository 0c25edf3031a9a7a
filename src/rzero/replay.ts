/**
 * Rehearsal: some of the questions that earlier iterations kept join those of this one (R-Diverse, arXiv 2602.13103;
 * experience replay against forgetting, Rolnick et al. 2019).
 *
 *   replayed = round(kept s / (1 - s))        so that they make up the share s; each earlier question at most once
 *
 * They bring the label they were given then, when the Solver had not yet learned its later errors.
 */
import { type Random, shuffled } from "./seeds.ts";

export function replayed<T>(earlier: readonly T[], kept: number, share: number, random: Random): T[] {
  const wanted = Math.round((kept * share) / (1 - share));
  return wanted === 0 ? [] : shuffled(earlier, random).slice(0, wanted);
}
