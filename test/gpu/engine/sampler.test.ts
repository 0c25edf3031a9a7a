import { afterAll, describe, expect, it } from "vitest";
import { standardMemory } from "../../../gpu/engine/fit-memory.ts";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { unragged } from "../../../gpu/engine/ragged.ts";
import { type SampleSettings, sampleRows } from "../../../gpu/engine/sampler.ts";
import { scoreSequences } from "../../../gpu/engine/scorer.ts";
import { wholeModel } from "../../../gpu/engine/weights-store.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { testDevice as device, onCpu } from "../../support/test-device.ts";
import { randomWeights, tinyConfig } from "../../support/tiny-model.ts";

const programs = new ProgramCache(device);
const flat = randomWeights(tinyConfig, 5);
const weights = await device.upload(float32(flat, [flat.length]));
afterAll(async () => {
  weights.dispose();
  await programs.close();
});
const noPause = async () => undefined;

/** Ragged on purpose. */
const prompts = [[3, 1, 4, 1, 5], [9, 2], [6, 5, 3, 5, 8, 9, 7, 9, 3], [2]].map((p) => Int32Array.from(p));
const sampling: SampleSettings = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 30, stopTokens: [7] };

async function sample(
  rows: readonly (readonly [prompt: number, seed: number])[],
  settings: Partial<SampleSettings> = {},
) {
  const used = [...new Set(rows.map(([prompt]) => prompt))];
  const result = await sampleRows(
    programs,
    tinyConfig,
    wholeModel(weights),
    {
      prompts: used.map((prompt) => prompts[prompt]!),
      rowPrompt: Int32Array.from(rows, ([prompt]) => used.indexOf(prompt)),
      seeds: Uint32Array.from(rows, ([, seed]) => seed),
    },
    { ...sampling, ...settings },
  );
  const lists = unragged(result.tokens);
  const processed = unragged({ lengths: result.tokens.lengths, values: result.sampledLogprobs });
  const raw = unragged({ lengths: result.tokens.lengths, values: result.rawLogprobs });
  return lists.map((tokens, r) => ({
    prompt: prompts[rows[r]![0]]!,
    tokens: [...tokens],
    processed: [...processed[r]!],
    raw: [...raw[r]!],
    stopped: result.stopped[r] === 1,
  }));
}

/** What the scorer, which has no cache, says of the same tokens. */
async function scored(rollouts: readonly { prompt: Int32Array; tokens: number[] }[]) {
  const sequences = rollouts.map(({ prompt, tokens }) => ({
    tokens: Int32Array.from([...prompt, ...tokens]),
    from: prompt.length,
  }));
  const all = tinyConfig.vocabularySize;
  return scoreSequences(programs, tinyConfig, wholeModel(weights), sequences, all, standardMemory(), noPause);
}

const everyRow = prompts.flatMap((_, prompt) => Array.from({ length: 16 }, (_, seed) => [prompt, seed * 77] as const));

// Elsewhere each costs minutes, and same-as-on-the-cpu.test.ts compares the tokens.
const itOnCpu = it.skipIf(!onCpu);

describe("sampling", () => {
  it("agrees with the scorer on the log-probability of every token, to 1e-4", async () => {
    const rollouts = await sample(everyRow);
    const scores = await scored(rollouts);
    let widest = 0;
    for (const [r, rollout] of rollouts.entries())
      for (const [t, value] of rollout.raw.entries())
        widest = Math.max(widest, Math.abs(value - scores.logprobs[r]![t]!));
    expect(widest).toBeLessThan(1e-4);
    expect(new Set(rollouts.map((r) => r.tokens.length)).size, "rows must end at different lengths").toBeGreaterThan(5);
    expect(rollouts.some((r) => !r.stopped)).toBe(true);
  });

  it("writes greedily what the model without a cache finds likeliest at each position", async () => {
    const rollouts = await sample(
      prompts.map((_, p) => [p, 0] as const),
      { temperature: 0 },
    );
    const scores = await scored(rollouts);
    for (const [r, { tokens, processed }] of rollouts.entries()) {
      const likeliest = tokens.map((_, t) => scores.topTokens[r]![t * tinyConfig.vocabularySize]);
      expect(tokens).toEqual(likeliest);
      expect(processed.every((p) => p === 0)).toBe(true);
    }
  });

  itOnCpu("gives a seed the same completion whatever else is in the batch", async () => {
    const together = await sample(everyRow);
    for (const row of [0, 17, 40, 63]) {
      const [alone] = await sample([everyRow[row]!]);
      expect(alone!.tokens).toEqual(together[row]!.tokens);
    }
    const reversed = await sample([...everyRow].reverse());
    expect(reversed.map((r) => r.tokens).reverse()).toEqual(together.map((r) => r.tokens));
  });

  itOnCpu("stops at the first stop token, keeps it, and says whether it was met", async () => {
    for (const { tokens, stopped } of await sample(everyRow)) {
      expect(tokens.indexOf(7)).toBe(stopped ? tokens.length - 1 : -1);
      if (!stopped) expect(tokens.length).toBe(sampling.maxTokens);
    }
  });

  it("draws tokens as often as the model says", async () => {
    const rows = Array.from({ length: 4000 }, (_, seed) => [1, seed] as const);
    const firsts = (await sample(rows, { maxTokens: 1, temperature: 0.8 })).map((r) => r.tokens[0]!);
    const [score] = (await scored([{ prompt: prompts[1]!, tokens: [0] }])).topLogprobs;
    const [order] = (await scored([{ prompt: prompts[1]!, tokens: [0] }])).topTokens;
    const heated = [...score!].map((logprob) => Math.exp(logprob / 0.8));
    const mass = heated.reduce((a, b) => a + b, 0);
    for (const [rank, token] of [...order!].entries()) {
      const expected = heated[rank]! / mass;
      const seen = firsts.filter((t) => t === token).length / rows.length;
      const deviation = Math.sqrt((expected * (1 - expected)) / rows.length);
      expect(Math.abs(seen - expected)).toBeLessThan(5 * deviation + 1e-9);
    }
  });

  itOnCpu("keeps to what top-k, top-p and min-p allow, and reports the renormalised log-probability", async () => {
    const cuts = [{ topK: 3 }, { topP: 0.6 }, { minP: 0.3 }, { topK: 5, topP: 0.7, minP: 0.05, temperature: 1.3 }];
    for (const cut of cuts) {
      const settings = { ...sampling, ...cut };
      const rollouts = await sample(everyRow, cut);
      const scores = await scored(rollouts);
      for (const [r, { tokens, processed }] of rollouts.entries()) {
        for (const [t, token] of tokens.entries()) {
          const V = tinyConfig.vocabularySize;
          const ranked = [...scores.topLogprobs[r]!.subarray(t * V, (t + 1) * V)].map((l) =>
            Math.exp(l / settings.temperature),
          );
          const whole = ranked.reduce((a, b) => a + b, 0);
          const p = ranked.map((x) => x / whole);
          const first = settings.topK > 0 ? p.slice(0, settings.topK) : p;
          const firstMass = first.reduce((a, b) => a + b, 0);
          // Rounding may put an item at the very edge on either side; both readings are right then.
          const keptWith = (margin: number) => {
            let before = 0;
            return first.filter((x) => {
              const inside = before < settings.topP * firstMass + margin && x >= settings.minP * p[0]! - margin;
              before += x;
              return inside;
            });
          };
          const rank = [...scores.topTokens[r]!.subarray(t * V, (t + 1) * V)].indexOf(token);
          const errors = [keptWith(-1e-5), keptWith(1e-5)].map((kept) =>
            rank < kept.length
              ? Math.abs(processed[t]! - Math.log(kept[rank]! / kept.reduce((a, b) => a + b, 0)))
              : Number.POSITIVE_INFINITY,
          );
          expect(Math.min(...errors), `token ${token} at rank ${rank}`).toBeLessThan(1e-3);
        }
      }
    }
  });

  it("writes to the very end of the context", async () => {
    const [full] = await sample([[0, 1]], { maxTokens: tinyConfig.contextLength - 5, stopTokens: [] });
    expect(full!.tokens).toHaveLength(91);
    const [score] = (await scored([full!])).logprobs;
    expect(Math.max(...full!.raw.map((value, t) => Math.abs(value - score![t]!)))).toBeLessThan(1e-4);
  });

  it("refuses what does not fit, by name and number", async () => {
    await expect(sample([[0, 1]], { maxTokens: 92 })).rejects.toThrow(
      /prompt of 5 tokens and 92 new ones exceed the context of 96/,
    );
    await expect(sample([], {})).rejects.toThrow(/nothing to sample/);
  });
});
