/** The report: one HTML file that needs nothing else, not even a script. */
import type { ReportData } from "../report-data.ts";
import { type Row, verdict } from "../result.ts";
import { duration, percent } from "../wording.ts";
import { learningCurve, samplingCurves, skillCurves } from "./curves.ts";
import { Html, html } from "./html.ts";
import { figure, type Plot } from "./plot.ts";
import { poolCurves, shareHistograms } from "./question-curves.ts";
import { samplesOf } from "./samples.ts";
import { rewardCurves, rewardParts, vitalSigns } from "./step-curves.ts";
import { STYLES } from "./styles.ts";

export async function renderReport(data: ReportData): Promise<string> {
  const { result, iterations } = data;
  const { rows, run } = result;
  const band = run.config.pool.difficultyBand;
  const learning =
    rows.length === 0
      ? []
      : [learningCurve(rows), samplingCurves(rows), skillCurves(rows)].filter((plot) => plot !== null);
  const sections = [
    await plots("What was learned", null, learning),
    await plots("What was asked", `Shaded: the difficulty band, a share of ${band.min} to ${band.max}.`, [
      ...shareHistograms(iterations, band),
      ...(iterations.length === 0 ? [] : poolCurves(iterations)),
    ]),
    await plots("How training went", null, [
      ...rewardCurves(iterations),
      ...rewardParts(iterations),
      ...vitalSigns(iterations),
    ]),
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>rzero: ${run.preset}, seed ${run.seed}</title>
<style>${new Html(STYLES)}</style>
</head>
<body>
<header>
<h1>R-Zero on ${run.model}</h1>
<p class="lead">${verdict(result)}</p>
${facts(data)}
</header>
<main>
<h2>Result</h2>
${table(rows, result.best)}
${sections}
${iterations.length === 0 ? null : html`<h2>Questions and votes</h2>\n${samplesOf(iterations)}`}
<h2>Again</h2>
<p>The same version, seed and settings give the same weights on the same kind of machine with as many threads:</p>
<pre>${data.command}</pre>
<details><summary>Every setting of the run</summary>
<pre>${JSON.stringify(run.config, null, 2)}</pre></details>
</main>
</body>
</html>
`;
  return page.text;
}

function facts({ result, model, service, machine, at, phases }: ReportData): Html {
  const { run, seconds } = result;
  const spent = new Map<string, number>();
  for (const each of phases) spent.set(each.phase, (spent.get(each.phase) ?? 0) + each.seconds);
  const rows: readonly (readonly [string, Html])[] = [
    ["run", html`<code>${run.id}</code>`],
    ["preset", html`${run.preset}, domain ${run.domain}, seed ${run.seed}`],
    ...(model === null
      ? []
      : ([
          ["model", html`${model.id}, ${model.parameters.toLocaleString("en")} parameters`],
          ["weights", html`<code>${model.weights}</code>`],
        ] as const)),
    ["service", html`${service.join("; ")}`],
    ["machine", html`${machine}`],
    ["when", html`${at}, ${duration(seconds)} in all`],
    ["of which", html`${[...spent].map(([phase, time]) => `${phase} ${duration(time)}`).join(", ")}`],
  ];
  return html`<dl>
${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}

function table(rows: readonly Row[], best: Row | null): Html {
  if (rows.length === 0) return html`<p>Nothing was measured.</p>`;
  const k = rows[0]!.evaluation.k;
  return html`<div class="scroll"><table>
<thead><tr><th></th><th>mean@${k}</th><th>95 % interval</th><th>maj@${k}</th><th>pass@${k}</th><th>greedy</th><th>labels right</th><th>proposed</th><th>kept</th><th>time</th></tr></thead>
<tbody>
${rows.map((row) => {
  const { meanAtK, majAtK, passAtK, greedy } = row.evaluation;
  return html`<tr${row === best ? html` class="best"` : null}><th scope="row">${row.iteration === 0 ? "base" : `iteration ${row.iteration}`}</th><td>${percent(meanAtK.value)}</td><td>${percent(meanAtK.low)} to ${percent(meanAtK.high)}</td><td>${percent(majAtK.value)}</td><td>${percent(passAtK.value)}</td><td>${percent(greedy.value)}</td><td>${row.labelAccuracy === null ? "" : percent(row.labelAccuracy)}</td><td>${row.proposed ?? ""}</td><td>${row.kept ?? ""}</td><td>${row.seconds === null ? "" : duration(row.seconds)}</td></tr>
`;
})}</tbody></table></div>
<p class="note">${rows[0]!.evaluation.questions} held-out questions, ${k} answers to each. Intervals are over questions, of this one seed.</p>`;
}

async function plots(title: string, note: string | null, all: readonly Plot[]): Promise<Html | null> {
  if (all.length === 0) return null;
  const figures: Html[] = [];
  for (const plot of all) figures.push(html`${await figure(plot)}\n`);
  return html`<h2>${title}</h2>
${note === null ? null : html`<p class="note">${note}</p>`}
<div class="plots">
${figures}</div>
`;
}
