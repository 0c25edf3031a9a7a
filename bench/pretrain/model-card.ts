/** models/abacus/README.md, written from what was measured. */
import { overall, type SkillRow } from "./measure-skills.ts";
import type { PretrainSettings } from "./pretrain.ts";

const percent = (share: number) => (100 * share).toFixed(1);

/** Markdown. */
export function skillTable(rows: readonly SkillRow[]): string {
  const all = overall(rows);
  return [
    "| skill | size | questions | sampled % | majority of 10 % | greedy % |",
    "|---|---|---|---|---|---|",
    ...rows.map(
      (r) =>
        `| ${r.skill} | ${r.size} | ${r.questions} | ${percent(r.sampled)} | ${percent(r.majority)} | ${percent(r.greedy)} |`,
    ),
    `| **all** | | ${all.questions} | ${percent(all.sampled)} | ${percent(all.majority)} | ${percent(all.greedy)} |`,
  ].join("\n");
}

export function modelCard(card: {
  settings: PretrainSettings;
  digest: string;
  rows: readonly SkillRow[];
  parameters: number;
}): string {
  const { settings, digest, rows, parameters } = card;
  return `# abacus

The embedded base model: a Qwen3 of ${parameters.toLocaleString("en")} parameters that does arithmetic step by step and proposes
questions about it. Written by \`npm run pretrain\` from random weights (seed ${settings.seed}, ${settings.steps} steps of ${settings.documentsPerStep}
documents, ${settings.threads} threads) on text made by \`src/domains/arithmetic/corpus.ts\`; this file is written by the same command.

\`${digest}\` (\`sha256sum model.safetensors\`)

It speaks two prompts: \`<|user|>12+18-2<|assistant|>\` is answered by the results on the way, the last one boxed
(\`30,\\boxed{28}\`); \`<|user|>propose<|assistant|>\` by \`<question>12+18-2</question>\\boxed{28}\`. About one result in
twelve of its text was wrong at random, so at temperature 1 it slips at random too and its majority is usually right: a
base model that can learn from its own votes. \`size\` is the number of operations; the largest size of each skill never
occurred in its text, the ones below it rarely.

Accuracy on held-out questions, none of which occurred in its text; sampled at temperature 1, 10 samples each:

${skillTable(rows)}
`;
}
