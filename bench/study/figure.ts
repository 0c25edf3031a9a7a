/** One metric over iterations, a line and a band for each variant, as an SVG file that stands alone. */
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { titleOf } from "./report.ts";
import type { Metric, Summary } from "./summary.ts";

/** Okabe and Ito's palette, told apart by colour-blind readers too. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a8a", "#000000"];

export async function figure(summary: Summary, metric: Metric): Promise<string> {
  const names = summary.variants.map(({ variant }) => variant);
  const points = summary.variants.flatMap(({ variant, iterations }) =>
    iterations.flatMap(({ iteration, [metric]: value }) => {
      if (value === null) return [];
      const half = value.half ?? 0;
      return [{ variant, iteration, value: value.mean, low: value.mean - half, high: value.mean + half }];
    }),
  );
  const colour = { field: "variant", type: "nominal", scale: { domain: names, range: COLOURS }, title: null } as const;
  const x = { field: "iteration", type: "quantitative", axis: { tickMinStep: 1, format: "d", grid: false } } as const;
  const y = (field: string) => ({
    field,
    type: "quantitative",
    title: titleOf(metric, summary.k),
    scale: { zero: false },
    axis: { format: metric === "collapseRisk" ? ".1f" : ".0%" },
  });
  const spec = {
    width: 560,
    height: 280,
    background: "white",
    data: { values: points },
    layer: [
      { mark: { type: "area", opacity: 0.15 }, encoding: { x, y: y("low"), y2: { field: "high" }, color: colour } },
      { mark: { type: "line", point: true }, encoding: { x, y: y("value"), color: colour } },
    ],
    config: { view: { stroke: null }, legend: { labelLimit: 300 } },
  } as unknown as TopLevelSpec;
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
