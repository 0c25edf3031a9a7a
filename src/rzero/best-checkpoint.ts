/**
 * Which checkpoint of a run is best, without labels (our decision).
 *
 *   consensus(x) = the majority among all samples of all checkpoints on held-out question x, the base's included
 *   score_c      = mean over x of the share of c's own samples that agree with consensus(x)
 *
 * Its own majority would praise a checkpoint for agreeing with itself, which collapse does perfectly. That of all
 * checkpoints has to outvote the base and every earlier iteration first. The best is the highest score, ties to the latest.
 */
import { majorityVote } from "./majority-vote.ts";

/** `samples`: [questions][checkpoints][k] answers, null where there is none; equivalent answers are equal strings. */
export function consensusScores(samples: readonly (readonly (readonly (string | null)[])[])[]): number[] {
  const checkpoints = samples[0]?.length ?? 0;
  const sums = new Array<number>(checkpoints).fill(0);
  for (const question of samples) {
    const { pseudoLabel } = majorityVote(question.flat(), (a, b) => a === b);
    question.forEach((answers, checkpoint) => {
      const agreeing = answers.filter((answer) => answer !== null && answer === pseudoLabel).length;
      sums[checkpoint]! += answers.length === 0 ? 0 : agreeing / answers.length;
    });
  }
  return sums.map((sum) => sum / samples.length);
}

/** Index of the highest score, the last of equal ones. */
export function bestOf(scores: readonly number[]): number {
  return scores.reduce((best, score, index) => (score >= scores[best]! ? index : best), 0);
}
