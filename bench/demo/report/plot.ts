/** Vega-Lite to an SVG that stands in the page: no script, no font, no colour of its own. */
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { escapeHtml, Html, html, printable } from "./html.ts";

/** Custom properties of styles.ts: an SVG inside the page follows its light or dark scheme. */
export const COLOURS = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => `var(--series-${index})`);
export const ACCENT = "var(--series-1)";
export const MUTED = "var(--muted)";
export const BAND = "var(--band)";

const CONFIG = {
  font: "inherit",
  background: "transparent",
  view: { stroke: null },
  axis: {
    labelColor: MUTED,
    titleColor: MUTED,
    titleFontWeight: "normal",
    gridColor: "var(--grid)",
    domainColor: "var(--grid)",
    tickColor: "var(--grid)",
    labelFontSize: 11,
    titleFontSize: 11,
    labelPadding: 4,
  },
  legend: {
    labelColor: "var(--text)",
    labelFontSize: 11,
    symbolType: "stroke",
    symbolStrokeWidth: 3,
    orient: "top",
    direction: "horizontal",
    title: null,
    labelLimit: 200,
    padding: 0,
    offset: 6,
  },
  range: { category: COLOURS },
  line: { strokeWidth: 2, color: ACCENT },
  point: { filled: true, size: 36, color: ACCENT },
  bar: { color: ACCENT },
} as const;

export interface Plot {
  readonly title: string;
  /** What is to be seen in it, in a sentence. */
  readonly caption: string;
  /** A layer or unit specification; size, theme and data live here or in it. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Pixels inside the axes. */
  readonly height?: number;
}

/** Pixels in all, with axes and legend: a figure fits a phone of 390 pixels without shrinking. */
const WIDTH = 320;
/** Pixels inside the axes. */
const HEIGHT = 170;

export async function figure({ title, caption, spec, height = HEIGHT }: Plot): Promise<Html> {
  // The library's type of a specification is a union so wide that literals have to be told what they are.
  const autosize = { type: "fit-x", contains: "padding" };
  const whole = { width: WIDTH, height, autosize, padding: 2, config: CONFIG, ...spec } as unknown as TopLevelSpec;
  const view = new View(parse(compile(whole).spec), { renderer: "none" });
  try {
    // Vega escapes what it writes, but lets characters through that no document may hold.
    const svg = printable(await view.toSVG()).replace("<svg ", `<svg role="img" aria-label="${escapeHtml(title)}" `);
    return html`<figure><figcaption><h3>${title}</h3><p>${caption}</p></figcaption>${new Html(svg)}</figure>`;
  } finally {
    view.finalize();
  }
}

/** Field `series` as colour, in the order given. */
export function seriesColour(names: readonly string[]) {
  return {
    field: "series",
    type: "nominal",
    scale: { domain: names, range: names.map((_, index) => COLOURS[index % COLOURS.length]!) },
    legend: names.length > 1 ? { columns: columnsFor(names) } : null,
  } as const;
}

/** About, at the legend's size; vega cannot measure text without a canvas either. */
const CHARACTER_WIDTH = 7;
const SYMBOL_WIDTH = 24;

/** What the vertical axis takes of a figure's width. */
const AXIS_WIDTH = 50;

/** As many as stand side by side within a figure. */
function columnsFor(names: readonly string[]): number {
  const widest = Math.max(...names.map((name) => name.length)) * CHARACTER_WIDTH + SYMBOL_WIDTH;
  return Math.max(1, Math.floor((WIDTH - AXIS_WIDTH) / widest));
}
