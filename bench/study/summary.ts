/** Finished runs, by variant and iteration: means over seeds, and where each variant ends. */
import { type OverSeeds, overSeeds } from "./over-seeds.ts";
import type { CellResult, Row } from "./results-file.ts";
import { type WarningQuality, warningQuality } from "./warning.ts";

export const METRICS = ["meanAtK", "greedy", "majAtK", "labelAccuracy", "diversity", "collapseRisk"] as const;
export type Metric = (typeof METRICS)[number];

export interface VariantSummary {
  readonly variant: string;
  readonly seeds: readonly number[];
  /** [iterations + 1], the base first. */
  readonly iterations: readonly ({ readonly iteration: number } & Readonly<Record<Metric, OverSeeds | null>>)[];
  /** mean@k of the last iteration minus the base's, in the same run. */
  readonly gain: OverSeeds | null;
  /** mean@k of the last iteration minus the best of the run. */
  readonly belowPeak: OverSeeds | null;
  /** mean@k of the checkpoint that the run chose without labels, minus the best of the run. */
  readonly chosenBelowPeak: OverSeeds | null;
  /** Lowest label accuracy of any iteration of any seed. */
  readonly worstLabels: number | null;
  /** mean@k by skill and size, of the base and at the end. */
  readonly strata: readonly { readonly name: string; readonly base: number; readonly end: OverSeeds }[];
  readonly secondsPerIteration: OverSeeds | null;
}

export interface Summary {
  readonly k: number;
  readonly questions: number;
  readonly variants: readonly VariantSummary[];
  readonly warning: WarningQuality;
}

/** `order`: names of the variants as the study was told them. */
export function summarize(results: readonly CellResult[], order: readonly string[]): Summary {
  return {
    k: results[0]?.k ?? 0,
    questions: results[0]?.questions ?? 0,
    variants: order.flatMap((variant) => {
      const own = results.filter((result) => result.variant === variant);
      return own.length === 0 ? [] : [summaryOf(variant, own)];
    }),
    warning: warningQuality(results),
  };
}

const lastOf = ({ rows }: CellResult): Row => rows.at(-1)!;
const peakOf = ({ rows }: CellResult): number => Math.max(...rows.map(({ meanAtK }) => meanAtK));

function summaryOf(variant: string, results: readonly CellResult[]): VariantSummary {
  const length = Math.max(...results.map(({ rows }) => rows.length));
  const labels = results.flatMap(({ rows }) => rows.flatMap(({ labelAccuracy }) => labelAccuracy ?? []));
  return {
    variant,
    seeds: results.map(({ seed }) => seed).sort((a, b) => a - b),
    iterations: Array.from({ length }, (_, iteration) => {
      const rows = results.flatMap(({ rows: all }) => all[iteration] ?? []);
      const metrics = METRICS.map((metric) => [metric, overSeeds(rows.map((row) => row[metric]))] as const);
      return { iteration, ...(Object.fromEntries(metrics) as Record<Metric, OverSeeds | null>) };
    }),
    gain: overSeeds(results.map((result) => lastOf(result).meanAtK - result.rows[0]!.meanAtK)),
    belowPeak: overSeeds(results.map((result) => lastOf(result).meanAtK - peakOf(result))),
    chosenBelowPeak: overSeeds(
      results.map((result) => (result.best === null ? null : result.rows[result.best]!.meanAtK - peakOf(result))),
    ),
    worstLabels: labels.length === 0 ? null : Math.min(...labels),
    strata: Object.keys(lastOf(results[0]!).strata).map((name) => ({
      name,
      base: overSeeds(results.map(({ rows }) => rows[0]!.strata[name] ?? null))?.mean ?? 0,
      end: overSeeds(results.map((result) => lastOf(result).strata[name] ?? null))!,
    })),
    secondsPerIteration: overSeeds(results.flatMap(({ rows }) => rows.slice(1).map(({ seconds }) => seconds))),
  };
}
