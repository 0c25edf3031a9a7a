/**
 * How often guessing alone would agree as much as the Solver did (our decision).
 *
 * A guesser draws each of m answers uniformly from A. The chance that its largest group holds at most k of them counts the
 * sequences in which no answer comes more than k times:
 *
 *   P(largest <= k) = m! / A^m  [x^m] (sum_{i <= k} x^i / i!)^A;      luck = P(largest >= k) = 1 - P(largest <= k - 1)
 *
 * R-Zero's band of 3 to 7 of 10 lets such a guesser through in 60 % of all questions with 10 possible answers, and its label
 * is right in one of ten. How many answers a question has nobody says; a label that is given to many other questions too
 * (yes, 0, 1) is one of few, so A = votes of the pool / votes for this label (`answerSpace`).
 */

/** Chance that of `samples` uniform guesses among `answers` some answer comes `agreeing` times or more. */
export function agreementByLuck(samples: number, agreeing: number, answers: number): number {
  if (agreeing <= 1) return 1;
  if (agreeing > samples) return 0;
  if (answers <= 1) return 1;
  if (answers === Number.POSITIVE_INFINITY) return 0;
  // Above half of the samples no two answers can both come so often, and a sum of binomial tails is exact, for any A.
  if (2 * agreeing > samples) return Math.min(1, answers * binomialTail(samples, agreeing, 1 / answers));
  return 1 - atMost(samples, agreeing - 1, Math.round(answers));
}

/** P(Binomial(n, p) >= k) */
function binomialTail(n: number, k: number, p: number): number {
  let term = (1 - p) ** n;
  let below = 0;
  for (let i = 0; i < k; i++) {
    below += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  let tail = 0;
  for (let i = k; i <= n; i++) {
    tail += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  // Of two sums that make 1, the smaller one is the exact one.
  return tail < 0.5 ? tail : 1 - below;
}

/** P(largest group <= most): one answer after the other takes its part of the guesses that are left. */
function atMost(samples: number, most: number, answers: number): number {
  // ways[n]: chance that n guesses are placed on the answers so far, none above `most`, times n! A^n / ... kept as x^n / n!.
  let ways = new Float64Array(samples + 1);
  ways[0] = 1;
  for (let answer = 0; answer < answers; answer++) {
    const next = new Float64Array(samples + 1);
    for (let placed = 0; placed <= samples; placed++) {
      let term = 1;
      for (let own = 0; own <= Math.min(most, samples - placed); own++) {
        next[placed + own]! += ways[placed]! * term;
        term /= answers * (own + 1);
      }
    }
    ways = next;
  }
  let factorial = 1;
  for (let i = 2; i <= samples; i++) factorial *= i;
  return ways[samples]! * factorial;
}

/**
 * For each vote of a pool, of how many answers its label is one: all votes of the other questions over those of them that
 * are for the same label. Infinite where no other question has it.
 */
export function answerSpaces(
  pool: readonly { readonly pseudoLabel: string | null; readonly votes: ReadonlyMap<string, number> }[],
): number[] {
  const totals = new Map<string, number>();
  let all = 0;
  for (const { votes } of pool) {
    for (const [answer, count] of votes) {
      totals.set(answer, (totals.get(answer) ?? 0) + count);
      all += count;
    }
  }
  return pool.map(({ pseudoLabel, votes }) => {
    if (pseudoLabel === null) return 1;
    const own = [...votes.values()].reduce((sum, count) => sum + count, 0);
    const elsewhere = totals.get(pseudoLabel)! - (votes.get(pseudoLabel) ?? 0);
    return elsewhere === 0 ? Number.POSITIVE_INFINITY : (all - own) / elsewhere;
  });
}
