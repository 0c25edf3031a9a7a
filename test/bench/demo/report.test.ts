import { type DefaultTreeAdapterMap, defaultTreeAdapter, type ParserError, parse } from "parse5";
import { beforeAll, describe, expect, test } from "vitest";
import { escapeHtml, html } from "../../../bench/demo/report/html.ts";
import { renderReport } from "../../../bench/demo/report/report.ts";
import type { ReportData, SampleQuestion } from "../../../bench/demo/report-data.ts";
import { resultOf } from "../../../bench/demo/result.ts";
import type { WireIteration, WireQuestion, WireRun, WireStep } from "../../../bench/demo/wire.ts";
import { baseDigest, iterationMetrics, runConfig, stepMetrics } from "../../support/services/sample-records.ts";

/** Ends attributes, elements, comments, scripts and styles, loads from elsewhere, and reorders the line it stands in. */
const HOSTILE = `"'><script src=//evil.example></script></style><!-- &amp; <img src=x onerror=alert(1)> \u202e\u0000]]>`;

const question = (state: WireQuestion["state"], labelCorrect: boolean | null): WireQuestion => ({
  id: "q_1",
  runId: "run_1",
  iterationId: "iter_1",
  phaseKind: "pool",
  source: "challenger",
  state,
  text: `${state} ${HOSTILE}`,
  proposedAnswer: HOSTILE,
  rolloutId: null,
  pseudoLabel: HOSTILE,
  majorityShare: 0.6,
  labelCorrect,
  verification: null,
  decomposition: null,
  createdAt: "2026-08-22T09:30:00.000Z",
});

const sample = (state: WireQuestion["state"], labelCorrect: boolean | null): SampleQuestion => ({
  question: question(state, labelCorrect),
  solution: {
    id: "sol_1",
    runId: "run_1",
    questionId: "q_1",
    samples: 10,
    withoutAnswer: 2,
    groups: [{ answer: HOSTILE, count: 6 }, ...["1", "2"].map((answer) => ({ answer, count: 1 }))],
    pseudoLabel: HOSTILE,
    majorityShare: 0.6,
    gradingErrors: {},
    weights: baseDigest,
    policyVersion: 0,
    createdAt: "2026-08-22T09:30:00.000Z",
  },
});

const step = (role: WireStep["role"], number: number): WireStep =>
  ({
    role,
    number,
    skipped: null,
    metrics: { ...stepMetrics, gradNorm: number === 2 ? null : 0.4, rewardParts: { [HOSTILE]: 0.5, correct: 0.2 } },
  }) as unknown as WireStep;

function data(name: string): ReportData {
  const metrics = structuredClone(iterationMetrics);
  Object.assign(metrics.evaluation.skills, { [name]: { questions: 3, meanAtK: 0.2, greedy: 0.4 } });
  const iterations = [1, 2].map((number) => ({ number, seconds: 41.8, metrics }) as unknown as WireIteration);
  const run = {
    id: name,
    preset: name,
    model: name,
    domain: name,
    seed: 7,
    config: runConfig,
    baseEvaluation: metrics.evaluation,
  } as unknown as WireRun;
  return {
    result: resultOf(run, iterations, 120),
    iterations: iterations.map((iteration) => ({
      iteration,
      steps: [step("challenger", 1), step("solver", 1), step("solver", 2)],
      samples: {
        kept: [sample("kept", true)],
        "wrong pseudo-label": [sample("kept", false)],
        "too easy": [],
        "too hard": [sample("outside-band", null)],
        malformed: [{ question: question("malformed", null), solution: null }],
      },
    })),
    phases: [{ iteration: 1, phase: name, seconds: 3 }],
    model: null,
    service: [name],
    machine: name,
    at: name,
    command: name,
  };
}

type Element = DefaultTreeAdapterMap["element"];

function read(text: string) {
  const errors: ParserError[] = [];
  const document = parse(text, { onParseError: (error) => errors.push(error), sourceCodeLocationInfo: true });
  const elements: Element[] = [];
  const texts: string[] = [];
  const walk = (node: DefaultTreeAdapterMap["node"]): void => {
    if (defaultTreeAdapter.isElementNode(node)) elements.push(node);
    if (defaultTreeAdapter.isTextNode(node)) texts.push(node.value);
    if ("childNodes" in node) for (const child of node.childNodes) walk(child);
  };
  walk(document);
  return { errors, elements, texts };
}

describe("the report", () => {
  let text: string;
  let page: ReturnType<typeof read>;
  beforeAll(async () => {
    text = await renderReport(data(HOSTILE));
    page = read(text);
  });

  test("is well-formed, with every element closed where it was opened", () => {
    expect(page.errors).toEqual([]);
    const empty = ["meta", "link", "br", "img", "hr"];
    const open = page.elements.filter(
      ({ tagName, sourceCodeLocation }) =>
        !empty.includes(tagName) && sourceCodeLocation?.endTag === undefined && !selfClosed(text, sourceCodeLocation),
    );
    expect(open.map(({ tagName }) => tagName)).toEqual([]);
  });

  test("needs nothing from elsewhere and runs nothing", () => {
    const tags = new Set(page.elements.map(({ tagName }) => tagName));
    for (const tag of ["script", "img", "link", "iframe", "object", "embed", "base", "form", "image", "use", "a"]) {
      expect(tags).not.toContain(tag);
    }
    const attributes = page.elements.flatMap(({ attrs }) => attrs);
    expect(attributes.filter(({ name }) => /^on|^(src|href|xlink:href|action|srcset)$/.test(name))).toEqual([]);
    const addresses = attributes.filter(
      ({ name, prefix, value }) => name !== "xmlns" && prefix !== "xmlns" && /https?:|url\(/.test(value),
    );
    expect(addresses).toEqual([]);
    const style = page.elements.find(({ tagName }) => tagName === "style")!;
    const css = style.childNodes.map((node) => ("value" in node ? node.value : "")).join("");
    expect(css).not.toMatch(/@import|url\(|https?:/);
    expect(css).toContain("prefers-color-scheme: dark");
    const policy = attributes.find(({ value }) => value.startsWith("default-src"));
    expect(policy?.value).toBe("default-src 'none'; style-src 'unsafe-inline'");
  });

  test("a benign report has no address in it at all but the namespaces of SVG", async () => {
    const benign = await renderReport(data("abacus"));
    const addresses = benign.match(/https?:\/\/[^"'\s<]*/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"]));
  });

  test("shows hostile text as text, in HTML and in SVG", () => {
    const shown = HOSTILE.replace("\u202e", "[U+202E]").replace("\u0000", "[U+0000]");
    const all = page.texts.join("\n");
    expect(all).toContain(`kept ${shown}`);
    expect(all).toContain(`malformed ${shown}`);
    const legend = page.elements.filter(({ tagName }) => tagName === "text");
    expect(
      legend.some(({ childNodes }) => childNodes.some((node) => "value" in node && node.value.includes("<script"))),
    ).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    expect(text).not.toMatch(/[\u0000\u202e]/);
  });

  test("draws every figure with marks in it and no number that is none", () => {
    const figures = page.elements.filter(({ tagName }) => tagName === "svg");
    // Learned 3, histograms 2, pool 3, rewards 2, parts 2, entropy, KL, gradient norm, clipped, constant groups.
    expect(figures.length).toBe(17);
    expect(text).not.toMatch(/\bNaN\b|\bundefined\b|Infinity/);
    expect(text).not.toMatch(/fill="#|stroke="#/);
  });

  test("of a run that measured nothing still renders", async () => {
    const some = data("abacus");
    const nothing = { ...some.result.run, baseEvaluation: null } as WireRun;
    const bare = await renderReport({ ...some, result: resultOf(nothing, [], 3), iterations: [], phases: [] });
    expect(read(bare).errors).toEqual([]);
    expect(bare).toContain("Nothing was measured.");
  });
});

/** SVG closes an empty element in its own tag. */
function selfClosed(text: string, location: Element["sourceCodeLocation"]): boolean {
  return location != null && text.slice(location.startOffset, location.endOffset).endsWith("/>");
}

describe("html", () => {
  test("escapes what is inserted, once, and leaves what is HTML already", () => {
    const inner = html`<b>${"<&>"}</b>`;
    expect(html`<p title="${`"'`}">${inner}${[1, inner]}${null}</p>`.text).toBe(
      '<p title="&quot;&#39;"><b>&lt;&amp;&gt;</b>1<b>&lt;&amp;&gt;</b></p>',
    );
  });

  test("shows by number what HTML may not hold", () => {
    expect(escapeHtml("a\u0000\u001b\u202e\u200f\ud800\ufffe\n\tb😀")).toBe(
      "a[U+0000][U+001B][U+202E][U+200F][U+D800][U+FFFE]\n\tb😀",
    );
  });
});
