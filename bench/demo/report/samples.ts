/** Questions of the pool with how the Solver voted on them. */
import { type IterationData, SAMPLE_KINDS, type SampleKind, type SampleQuestion } from "../report-data.ts";
import { type Html, html } from "./html.ts";

const MEANING = {
  kept: "In the curriculum: well-formed, new, and the Solver was torn about it.",
  "wrong pseudo-label": "Kept although the majority is wrong. Only the oracle knows; training never sees it.",
  "too easy": "The Solver agrees with itself too much for the band.",
  "too hard": "The Solver agrees with itself too little for the band.",
  malformed: "No question in it, shown as it was written.",
} as const satisfies Record<SampleKind, string>;

/** Groups of answers shown of one vote. */
const SHOWN = 5;

export function samplesOf(iterations: readonly IterationData[]): Html {
  return html`${iterations.map(({ iteration, samples }, index) => {
    const open = index === iterations.length - 1 ? html` open` : null;
    const kinds = SAMPLE_KINDS.filter((kind) => samples[kind].length > 0);
    return html`<details${open}><summary>Iteration ${iteration.number}</summary>
${kinds.length === 0 ? html`<p class="note">There are none.</p>` : null}
${kinds.map(
  (kind) => html`<div class="kind"><h3>${kind}</h3><p class="note">${MEANING[kind]}</p></div>
<div class="samples">${samples[kind].map(sample)}</div>
`,
)}</details>
`;
  })}`;
}

function sample({ question, solution }: SampleQuestion): Html {
  return html`<div class="sample"><p class="text">${question.text}</p>${verdict({ question, solution })}${
    solution === null ? null : votes(solution)
  }</div>
`;
}

function verdict({ question: { pseudoLabel, majorityShare, labelCorrect, proposedAnswer } }: SampleQuestion): Html {
  const judged =
    labelCorrect === null
      ? null
      : labelCorrect
        ? html`, <span class="good">right</span>`
        : html`, <span class="bad">wrong</span>`;
  const label =
    pseudoLabel === null
      ? null
      : html`pseudo-label <code>${pseudoLabel}</code>${judged}${majorityShare === null ? null : html`, share ${majorityShare.toFixed(2)}`}. `;
  const proposed = proposedAnswer === null ? null : html`The Challenger said <code>${proposedAnswer}</code>.`;
  return html`<p class="note">${label}${proposed}</p>`;
}

function votes({ groups, samples, withoutAnswer }: NonNullable<SampleQuestion["solution"]>): Html {
  const sorted = [...groups].sort((a, b) => b.count - a.count);
  const rest = sorted.slice(SHOWN).reduce((sum, { count }) => sum + count, 0);
  const row = (name: Html, count: number): Html =>
    html`<li>${name}<span class="bar"><span style="width:${Math.round((100 * count) / Math.max(samples, 1))}%"></span></span><span>${count}</span></li>`;
  return html`<ul class="votes">${sorted.slice(0, SHOWN).map(({ answer, count }) => row(html`<span class="text" title="${answer}">${answer}</span>`, count))}${
    rest === 0 ? null : row(html`<span class="note">others</span>`, rest)
  }${withoutAnswer === 0 ? null : row(html`<span class="note">no answer</span>`, withoutAnswer)}</ul>`;
}
