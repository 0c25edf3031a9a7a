/** What was learned: held-out scores over base and iterations, all together, by way of counting and by skill. */
import type { Row } from "../result.ts";
import { COLOURS, type Plot, seriesColour } from "./plot.ts";

const nameOf = ({ iteration }: Row): string => (iteration === 0 ? "base" : String(iteration));

/** Base and iterations side by side; an ordinal axis, since there is nothing between two iterations. */
const iterationAxis = {
  field: "iteration",
  type: "ordinal",
  sort: null,
  title: "iteration",
  axis: { labelAngle: 0, grid: false },
  scale: { padding: 0.3 },
} as const;

const shareAxis = (field: string) =>
  ({
    field,
    type: "quantitative",
    title: null,
    axis: { format: ".1~%", tickCount: 5 },
    scale: { zero: false },
  }) as const;

interface Point {
  readonly iteration: string;
  readonly series: string;
  readonly value: number;
}

const lines = (points: readonly Point[], names: readonly string[]) => ({
  data: { values: points },
  mark: { type: "line", point: true },
  encoding: { x: iterationAxis, y: shareAxis("value"), color: seriesColour(names) },
});

export function learningCurve(rows: readonly Row[]): Plot {
  const score = `mean@${rows[0]!.evaluation.k}`;
  const greedy = "greedy";
  const labels = "labels right";
  const points = rows.flatMap((row): Point[] => [
    { iteration: nameOf(row), series: score, value: row.evaluation.meanAtK.value },
    { iteration: nameOf(row), series: greedy, value: row.evaluation.greedy.value },
    ...(row.labelAccuracy === null ? [] : [{ iteration: nameOf(row), series: labels, value: row.labelAccuracy }]),
  ]);
  const names = [score, greedy, labels].filter((name) => points.some(({ series }) => series === name));
  const band = rows.map((row) => ({
    iteration: nameOf(row),
    low: row.evaluation.meanAtK.low,
    high: row.evaluation.meanAtK.high,
  }));
  return {
    title: "Held-out accuracy",
    caption: `${score} at the evaluation's temperature with its 95 % interval, greedy decoding, and the share of kept pseudo-labels that an oracle calls right.`,
    height: 220,
    spec: {
      layer: [
        {
          data: { values: band },
          mark: { type: "area", color: COLOURS[0], opacity: 0.18 },
          encoding: { x: iterationAxis, y: shareAxis("low"), y2: { field: "high" } },
        },
        lines(points, names),
      ],
    },
  };
}

/** The same samples, counted in three ways. */
export function samplingCurves(rows: readonly Row[]): Plot {
  const k = rows[0]!.evaluation.k;
  const names = [`mean@${k}`, `maj@${k}`, `pass@${k}`];
  const points = rows.flatMap((row) => {
    const { meanAtK, majAtK, passAtK } = row.evaluation;
    return [meanAtK, majAtK, passAtK].map(({ value }, index) => ({
      iteration: nameOf(row),
      series: names[index]!,
      value,
    }));
  });
  return {
    title: `${k} answers to each question`,
    caption: "The mean, the majority, and whether any was right. Where mean rises and pass falls, variety was lost.",
    height: 220,
    spec: lines(points, names),
  };
}

export function skillCurves(rows: readonly Row[]): Plot | null {
  const names = [...new Set(rows.flatMap(({ evaluation }) => Object.keys(evaluation.skills)))];
  if (names.length === 0) return null;
  const points = rows.flatMap((row) =>
    Object.entries(row.evaluation.skills).map(([series, { meanAtK }]) => ({
      iteration: nameOf(row),
      series,
      value: meanAtK,
    })),
  );
  return {
    title: "By skill",
    caption: `mean@${rows[0]!.evaluation.k} of each skill of the held-out set.`,
    height: 220,
    spec: lines(points, names),
  };
}
