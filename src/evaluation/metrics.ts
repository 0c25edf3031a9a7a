/**
 * Held-out metrics from graded samples. Per question with n samples, c of them correct:
 *
 *   mean@k = c / n;   maj@k = is the majority answer correct;   pass@k = 1 - C(n - c, k) / C(n, k)   (Chen et al. 2021)
 *
 * each averaged over questions with a 95 % percentile-bootstrap interval over questions.
 */
import type { EvaluationSummary, Interval, StratumSummary } from "../records/records.ts";
import { type Equivalent, majorityVote } from "../rzero/majority-vote.ts";
import { mean } from "../rzero/metrics.ts";
import { type Random, randomInteger } from "../rzero/seeds.ts";

const RESAMPLES = 2000;

/** One held-out question with what the Solver answered; null is no answer. */
export interface AnsweredQuestion {
  readonly truth: string;
  readonly skill: string;
  /** Larger is harder; without it there are no strata. */
  readonly size?: number;
  /** [n] sampled answers. */
  readonly samples: readonly (string | null)[];
  readonly greedy: string | null;
}

const isRight = (answer: string | null, truth: string, equivalent: Equivalent) =>
  answer !== null && equivalent(answer, truth);

/** Share of the samples that are correct. */
export function meanAtK(correct: readonly boolean[]): number {
  return mean(correct.map(Number));
}

/** 1 if the majority answer of the samples is correct, else 0. */
export function majAtK(samples: readonly (string | null)[], truth: string, equivalent: Equivalent): 0 | 1 {
  return isRight(majorityVote(samples, equivalent).pseudoLabel, truth, equivalent) ? 1 : 0;
}

/** Unbiased estimate from n samples, c correct, of the chance that k samples hold a correct one; needs k <= n. */
export function passAtK(n: number, c: number, k: number): number {
  if (!(k >= 1 && k <= n && c >= 0 && c <= n)) throw new RangeError(`pass@${k} of ${n} samples, ${c} correct`);
  if (n - c < k) return 1;
  // C(n - c, k) / C(n, k) as a product of ratios, which never overflows.
  let allWrong = 1;
  for (let i = n - c + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}

/** Mean of per-question values with the 2.5 and 97.5 percentiles of the means of resampled question sets. */
export function bootstrapMean(values: readonly number[], random: Random, resamples = RESAMPLES): Interval {
  if (values.length === 0) return { value: 0, low: 0, high: 0 };
  const means = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[randomInteger(random, 0, values.length - 1)]!;
    means[draw] = sum / values.length;
  }
  means.sort();
  return { value: mean(values), low: percentile(means, 0.025), high: percentile(means, 0.975) };
}

/** Linear interpolation between the closest ranks of sorted values. */
function percentile(sorted: Float64Array, share: number): number {
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)]!;
  return below + (rank - Math.floor(rank)) * (sorted[Math.ceil(rank)]! - below);
}

/** The summary of a held-out evaluation; k is the number of samples unless a smaller one is given. */
export function summarizeEvaluation(
  answered: readonly AnsweredQuestion[],
  equivalent: Equivalent,
  random: Random,
  k: number = answered[0]?.samples.length ?? 0,
): EvaluationSummary {
  const rows = answered.map(({ truth, skill, size, samples, greedy }) => {
    const correct = samples.map((answer) => isRight(answer, truth, equivalent));
    return {
      skill,
      stratum: size === undefined ? null : `${skill}-${size}`,
      meanAtK: meanAtK(correct),
      majAtK: majAtK(samples.slice(0, k), truth, equivalent),
      passAtK: passAtK(samples.length, correct.filter(Boolean).length, k),
      greedy: Number(isRight(greedy, truth, equivalent)),
    };
  });
  const interval = (metric: "meanAtK" | "majAtK" | "passAtK" | "greedy") =>
    bootstrapMean(
      rows.map((row) => row[metric]),
      random,
    );
  return {
    questions: rows.length,
    k,
    meanAtK: interval("meanAtK"),
    majAtK: interval("majAtK"),
    passAtK: interval("passAtK"),
    greedy: interval("greedy"),
    skills: strataOf(rows, ({ skill }) => skill, random),
    strata: strataOf(rows, ({ stratum }) => stratum, random),
  };
}

function strataOf<Row extends { readonly meanAtK: number; readonly greedy: number }>(
  rows: readonly Row[],
  nameOf: (row: Row) => string | null,
  random: Random,
): Record<string, StratumSummary> {
  const names = [...new Set(rows.map(nameOf))].filter((name) => name !== null).sort();
  return Object.fromEntries(
    names.map((name) => {
      const own = rows.filter((row) => nameOf(row) === name);
      const sampled = bootstrapMean(
        own.map((row) => row.meanAtK),
        random,
      );
      const greedy = bootstrapMean(
        own.map((row) => row.greedy),
        random,
      );
      return [
        name,
        {
          questions: own.length,
          meanAtK: sampled.value,
          greedy: greedy.value,
          meanAtKInterval: sampled,
          greedyInterval: greedy,
        },
      ];
    }),
  );
}
