/** What was asked: how torn the Solver was about each pool, and what became of the questions. */
import type { IterationData } from "../report-data.ts";
import type { WireIteration, WireRun } from "../wire.ts";
import { ACCENT, BAND, MUTED, type Plot, seriesColour } from "./plot.ts";

type Band = WireRun["config"]["pool"]["difficultyBand"];

/** Half the width of a bar, in majority share; bars stand 0.1 apart. */
const HALF = 0.042;

export function shareHistograms(iterations: readonly IterationData[], { min, max }: Band): readonly Plot[] {
  return iterations.flatMap(({ iteration }): Plot[] => {
    const { metrics, number } = iteration;
    if (metrics === null) return [];
    const bars = metrics.shareHistogram.map((count, index) => {
      const share = index / 10;
      return { from: share - HALF, to: share + HALF, count, inside: share >= min && share <= max };
    });
    const x = {
      type: "quantitative",
      scale: { domain: [-0.06, 1.06], nice: false },
      title: "majority share",
      axis: { grid: false, values: [0, 0.25, 0.5, 0.75, 1], format: ".2~f" },
    } as const;
    return [
      {
        title: `Iteration ${number}: ${metrics.kept} of ${metrics.proposed} kept`,
        caption: `${metrics.wellFormed} well-formed, ${metrics.distinct} voted on, mean share ${metrics.meanMajorityShare.toFixed(2)}.`,
        height: 130,
        spec: {
          layer: [
            {
              data: { values: [{ from: min, to: max }] },
              mark: { type: "rect", color: BAND },
              encoding: { x: { ...x, field: "from" }, x2: { field: "to" } },
            },
            {
              data: { values: bars },
              mark: { type: "bar" },
              encoding: {
                x: { ...x, field: "from" },
                x2: { field: "to" },
                y: { field: "count", type: "quantitative", title: "questions", axis: { tickCount: 4, format: "d" } },
                y2: { datum: 0 },
                color: { condition: { test: "datum.inside", value: ACCENT }, value: MUTED },
              },
            },
          ],
        },
      },
    ];
  });
}

export function poolCurves(iterations: readonly IterationData[]): readonly Plot[] {
  const curve = (
    title: string,
    caption: string,
    series: Readonly<Record<string, (metrics: NonNullable<WireIteration["metrics"]>) => number>>,
  ): Plot => {
    const names = Object.keys(series);
    const points = iterations.flatMap(({ iteration: { number, metrics } }) =>
      metrics === null
        ? []
        : names.map((name) => ({ iteration: String(number), series: name, value: series[name]!(metrics) })),
    );
    return {
      title,
      caption,
      height: 150,
      spec: {
        data: { values: points },
        mark: { type: "line", point: true },
        encoding: {
          x: {
            field: "iteration",
            type: "ordinal",
            sort: null,
            axis: { labelAngle: 0, grid: false },
            scale: { padding: 0.3 },
          },
          y: {
            field: "value",
            type: "quantitative",
            title: null,
            axis: { tickCount: 5, format: ".0%" },
            scale: { domain: [0, 1] },
          },
          color: seriesColour(names),
        },
      },
    };
  };
  return [
    curve("Difficulty", "Mean majority share of the pool: 100 % is a pool of which every answer is certain.", {
      "mean share": ({ meanMajorityShare }) => meanMajorityShare,
    }),
    curve("The pool", "Of all proposals: well-formed, voted on, kept.", {
      "well-formed": ({ wellFormed, proposed }) => wellFormed / Math.max(proposed, 1),
      "voted on": ({ distinct, proposed }) => distinct / Math.max(proposed, 1),
      kept: ({ kept, proposed }) => kept / Math.max(proposed, 1),
    }),
    curve(
      "Variety",
      "Distinct 2-grams among all of the pool's, and clusters among the questions clustered: 100 % is no two alike.",
      {
        "distinct 2-grams": ({ distinctBigrams }) => distinctBigrams,
        clusters: ({ clusters, clustered }) => clusters / Math.max(clustered, 1),
      },
    ),
  ];
}
