/**
 * How far a pseudo-label can be trusted, from its votes alone (our decision):
 *
 *   margin = (votes of the largest group - votes of the second) / m
 *   weight = majorityShare, where labels are weighted: A_i <- p A_i
 *
 * Random slips scatter over many wrong answers, a systematic error gathers in one: at the same share, a label with a strong
 * second is the worse one. The weight multiplies advantages and not rewards, since GRPO divides any scale of the rewards
 * out again.
 */
import type { Vote } from "./majority-vote.ts";
import type { LabelWeighting } from "./run-config.ts";

export function voteMargin(groups: Vote["groups"], samples: number): number {
  return ((groups[0]?.count ?? 0) - (groups[1]?.count ?? 0)) / samples;
}

export function labelWeight(majorityShare: number, weighting: LabelWeighting): number {
  return weighting === "share" ? majorityShare : 1;
}
