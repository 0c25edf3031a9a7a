/**
 * The repetition penalty of a batch (R-Zero, section on the Challenger's reward):
 *
 *   d_ij = 1 - BLEU(x_i, x_j);  clusters C_k by average linkage at `threshold`;  repetitionPenalty(x_i) = lambda |C_k| / B
 */
import { averageLinkageClusters } from "./average-linkage.ts";
import { bleuDistances } from "./bleu.ts";

export interface QuestionClusters {
  /** [questions] cluster of each, numbered by first appearance. */
  readonly labels: Int32Array;
  /** [clusters] questions in each. */
  readonly sizes: readonly number[];
}

/**
 * Groups questions, given as words (a domain's `words`), by surface similarity. Memory: 4 n^2 bytes.
 * `threshold` is the distance 1 - BLEU at or above which clusters stay apart.
 */
export function clusterQuestions(questions: readonly (readonly string[])[], threshold: number): QuestionClusters {
  const labels = averageLinkageClusters(questions.length, bleuDistances(questions), threshold);
  const sizes: number[] = [];
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1;
  return { labels, sizes };
}

/** lambda |C| / B. `batchSize` counts all rollouts of the batch, malformed ones too. */
export function repetitionPenalty(clusterSize: number, batchSize: number, weight: number): number {
  return (weight * clusterSize) / batchSize;
}
