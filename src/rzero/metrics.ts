/** What is always measured about a batch or pool of questions. Measured only: nothing here feeds a reward or a gate. */

/** [11] counts of majority shares by nearest tenth: 0, 0.1, ... 1. */
export function shareHistogram(shares: readonly number[]): number[] {
  const bins = new Array<number>(11).fill(0);
  for (const share of shares) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`a majority share lies in 0..1, got ${share}`);
    bins[Math.round(share * 10)]! += 1;
  }
  return bins;
}

/** Distinct bigrams of words / all bigrams (distinct-2, Li et al. 2016); 0 where there is none. */
export function distinctBigrams(questions: readonly (readonly string[])[]): number {
  const distinct = new Set<string>();
  let total = 0;
  for (const words of questions) {
    for (let at = 1; at < words.length; at++) {
      distinct.add(`${words[at - 1]}\u0000${words[at]}`);
      total++;
    }
  }
  return total === 0 ? 0 : distinct.size / total;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
