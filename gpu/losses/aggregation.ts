/**
 * How per-token losses become one number, as weights w_t of the tokens (verl's names). S sequences of n_s tokens each:
 *   token-mean            w = 1 / sum_s n_s        every token counts the same
 *   seq-mean-token-mean   w = 1 / (S n_s)          every sequence counts the same
 *   seq-mean-token-sum    w = 1 / S                long sequences count more
 * The weights are taken over the whole batch, so micro-batches of any shape add up to the same gradient.
 */
export type LossAggregation = "token-mean" | "seq-mean-token-mean" | "seq-mean-token-sum";

const weightRules = {
  "token-mean": (_, total) => 1 / total,
  "seq-mean-token-mean": (own, _, sequences) => 1 / (sequences * own),
  "seq-mean-token-sum": (_, __, sequences) => 1 / sequences,
} satisfies Record<LossAggregation, (own: number, total: number, sequences: number) => number>;

/** Weight of each token of sequence s, given the completion lengths of the batch. */
export function aggregationWeights(aggregation: LossAggregation, lengths: readonly number[]): readonly number[] {
  const total = lengths.reduce((a, b) => a + b, 0);
  return lengths.map((own) => weightRules[aggregation](own, total, lengths.length));
}
