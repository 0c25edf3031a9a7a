/**
 * Metrics from graded samples. Per question with n samples, c of them correct:
 *
 *   mean@k = c / n;   maj@k = is the majority of the first k correct;   pass@k = 1 - C(n - c, k) / C(n, k)   (Chen et al. 2021)
 *
 * each averaged over questions with a 95 % percentile-bootstrap interval over questions. Held-out sets and benchmarks
 * alike.
 */
import type { EvaluationSummary, Interval, StratumSummary } from "../records/records.ts";
import { mean } from "../rzero/metrics.ts";
import type { Random } from "../rzero/seeds.ts";
import { bootstrapMean } from "./bootstrap.ts";

/** One question, answered and graded. */
export interface GradedQuestion {
  readonly skill: string;
  /** Larger is harder; without it there are no strata. */
  readonly size?: number;
  /** [n], in sample order. */
  readonly correct: readonly boolean[];
  /** Is the majority answer of the first k samples right? Null without samples. */
  readonly majority: boolean | null;
  /** Null where no greedy answer was asked for. */
  readonly greedy: boolean | null;
}

/** Share of the samples that are correct. */
export function meanAtK(correct: readonly boolean[]): number {
  return mean(correct.map(Number));
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

export interface MetricIntervals {
  readonly meanAtK: Interval | null;
  readonly majAtK: Interval | null;
  readonly passAtK: Interval | null;
  readonly greedy: Interval | null;
}

/** All of them; null where the questions have nothing to tell. */
export function metricIntervals(questions: readonly GradedQuestion[], random: Random, k: number): MetricIntervals {
  const interval = (values: readonly (number | null)[]) =>
    values.includes(null) ? null : bootstrapMean(values as readonly number[], random);
  const sampled = (metric: (correct: readonly boolean[]) => number) =>
    interval(questions.map(({ correct }) => (correct.length === 0 ? null : metric(correct))));
  const asNumber = (right: boolean | null) => (right === null ? null : Number(right));
  return {
    meanAtK: sampled(meanAtK),
    majAtK: interval(questions.map(({ majority }) => asNumber(majority))),
    passAtK: sampled((correct) => passAtK(correct.length, correct.filter(Boolean).length, k)),
    greedy: interval(questions.map(({ greedy }) => asNumber(greedy))),
  };
}

export interface SkillMetrics {
  readonly items: number;
  readonly meanAtK: number | null;
  readonly greedy: number | null;
}

/** Sorted by name. */
export function bySkill(questions: readonly GradedQuestion[]): Record<string, SkillMetrics> {
  const skills: Record<string, SkillMetrics> = {};
  for (const skill of [...new Set(questions.map((question) => question.skill))].sort()) {
    const own = questions.filter((question) => question.skill === skill);
    const sampled = own.filter(({ correct }) => correct.length > 0);
    const greedy = own.flatMap((question) => (question.greedy === null ? [] : [Number(question.greedy)]));
    skills[skill] = {
      items: own.length,
      meanAtK: sampled.length === 0 ? null : mean(sampled.map(({ correct }) => meanAtK(correct))),
      greedy: greedy.length === 0 ? null : mean(greedy),
    };
  }
  return skills;
}

/** The summary of a held-out evaluation, where every question has k samples and a greedy answer. */
export function summarizeEvaluation(
  questions: readonly GradedQuestion[],
  random: Random,
  k: number,
): EvaluationSummary {
  const nothing: Interval = { value: 0, low: 0, high: 0 };
  const { meanAtK, majAtK, passAtK, greedy } = metricIntervals(questions, random, k);
  return {
    questions: questions.length,
    k,
    meanAtK: meanAtK ?? nothing,
    majAtK: majAtK ?? nothing,
    passAtK: passAtK ?? nothing,
    greedy: greedy ?? nothing,
    skills: strataOf(questions, ({ skill }) => skill, random),
    strata: strataOf(questions, ({ skill, size }) => (size === undefined ? null : `${skill}-${size}`), random),
  };
}

/** Sorted by name; a question without one belongs to none. */
function strataOf(
  questions: readonly GradedQuestion[],
  nameOf: (question: GradedQuestion) => string | null,
  random: Random,
): Record<string, StratumSummary> {
  const names = [...new Set(questions.map(nameOf))].filter((name) => name !== null).sort();
  return Object.fromEntries(
    names.map((name) => {
      const own = questions.filter((question) => nameOf(question) === name);
      const sampled = bootstrapMean(
        own.map(({ correct }) => meanAtK(correct)),
        random,
      );
      const greedy = bootstrapMean(
        own.map((question) => Number(question.greedy)),
        random,
      );
      const summary: StratumSummary = {
        questions: own.length,
        meanAtK: sampled.value,
        greedy: greedy.value,
        meanAtKInterval: sampled,
        greedyInterval: greedy,
      };
      return [name, summary] as const;
    }),
  );
}
