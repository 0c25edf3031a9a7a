/** A study in Markdown: the command, where each variant ends, every iteration, what the early warning was worth. */
import type { OverSeeds } from "./over-seeds.ts";
import { METRICS, type Metric, type Summary, type VariantSummary } from "./summary.ts";
import { BAD_LABELS } from "./warning.ts";

export interface ReportContext {
  readonly name: string;
  readonly command: string;
  readonly machine: string;
  readonly at: string;
  /** Runs that are still to come. */
  readonly missing: number;
}

const TITLES: Readonly<Record<Metric, (k: number) => string>> = {
  meanAtK: (k) => `mean@${k}`,
  greedy: () => "greedy",
  majAtK: (k) => `maj@${k}`,
  labelAccuracy: () => "labels right",
  diversity: () => "diversity",
  collapseRisk: () => "collapse risk",
};

export const titleOf = (metric: Metric, k: number): string => TITLES[metric](k);
export const figureFile = (metric: Metric): string => `${metric}.svg`;

/** Shares as percent; risks stay what they are. */
const scaled = (metric: Metric): number => (metric === "collapseRisk" ? 1 : 100);

function cell(value: OverSeeds | null, scale = 100): string {
  if (value === null) return "";
  const digits = scale === 1 ? 2 : 1;
  const middle = (value.mean * scale).toFixed(digits);
  return value.half === null ? middle : `${middle} +- ${(value.half * scale).toFixed(digits)}`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

export function reportText(summary: Summary, { name, command, machine, at, missing }: ReportContext): string {
  const { k, questions, variants, warning } = summary;
  const most = Math.max(0, ...variants.map(({ seeds }) => seeds.length));
  return `${[
    `# ${name}`,
    [
      `\`${command}\``,
      `${at}, ${machine}. ${questions} held-out questions, k = ${k}; percent; means over seeds (${most} at most) with 95 % intervals (Student), none of one seed.`,
      ...(missing === 0 ? [] : [`**Not complete: ${missing} runs are missing.**`]),
    ].join("\n\n"),
    "## Where they end",
    endTable(variants, k),
    "## Iteration by iteration",
    ...METRICS.map((metric) =>
      [
        `### ${titleOf(metric, k)}`,
        iterationTable(variants, metric),
        `![${titleOf(metric, k)} by iteration](${figureFile(metric)})`,
      ].join("\n\n"),
    ),
    "## By skill and size",
    strataTable(variants, k),
    "## Early warning",
    [
      `Of ${warning.iterations} iterations, ${warning.bad} had fewer than ${BAD_LABELS * 100} % of their labels right.`,
      warning.auc === null
        ? "All were good or all were bad: nothing to tell apart."
        : `The collapse risk, which sees no label, is higher in a bad iteration than in a good one in ${(100 * warning.auc).toFixed(0)} % of all pairs (50 % is guessing).`,
      warning.rho === null
        ? ""
        : `Its rank correlation with label accuracy is ${warning.rho.toFixed(2)} (-1 would be perfect).`,
    ]
      .filter(Boolean)
      .join(" "),
  ].join("\n\n")}\n`;
}

function endTable(variants: readonly VariantSummary[], k: number): string {
  return table(
    [
      "variant",
      "seeds",
      `mean@${k} at the end`,
      "gain",
      "below its peak",
      "greedy",
      "worst labels",
      "chosen below peak",
      "s/iteration",
    ],
    variants.map((each) => {
      const end = each.iterations.at(-1)!;
      return [
        each.variant,
        String(each.seeds.length),
        cell(end.meanAtK),
        cell(each.gain),
        cell(each.belowPeak),
        `${cell(each.iterations[0]!.greedy)} -> ${cell(end.greedy)}`,
        each.worstLabels === null ? "" : (100 * each.worstLabels).toFixed(1),
        cell(each.chosenBelowPeak),
        each.secondsPerIteration?.mean.toFixed(0) ?? "",
      ];
    }),
  );
}

function iterationTable(variants: readonly VariantSummary[], metric: Metric): string {
  const length = Math.max(0, ...variants.map(({ iterations }) => iterations.length));
  const head = ["variant", ...Array.from({ length }, (_, iteration) => (iteration === 0 ? "base" : String(iteration)))];
  return table(
    head,
    variants.map(({ variant, iterations }) => [
      variant,
      ...Array.from({ length }, (_, at) => cell(iterations[at]?.[metric] ?? null, scaled(metric))),
    ]),
  );
}

function strataTable(variants: readonly VariantSummary[], k: number): string {
  const names = [...new Set(variants.flatMap(({ strata }) => strata.map(({ name }) => name)))];
  return table(
    [`mean@${k}`, "base", ...variants.map(({ variant }) => variant)],
    names.map((name) => {
      const of = (each: VariantSummary) => each.strata.find((stratum) => stratum.name === name);
      const base = variants.map(of).find((stratum) => stratum !== undefined)!.base;
      return [name, (100 * base).toFixed(1), ...variants.map((each) => cell(of(each)?.end ?? null))];
    }),
  );
}
