import { afterAll, describe, expect, it } from "vitest";
import { checkFits, pagesOfRow } from "../../../gpu/engine/cache-budget.ts";
import { standardMemory } from "../../../gpu/engine/fit-memory.ts";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { unragged } from "../../../gpu/engine/ragged.ts";
import { CacheAccount, type Row, RowPool, type RowSettings } from "../../../gpu/engine/row-pool.ts";
import { sampleRows } from "../../../gpu/engine/sampler.ts";
import { scoreSequences } from "../../../gpu/engine/scorer.ts";
import { wholeModel } from "../../../gpu/engine/weights-store.ts";
import type { ChoiceKind } from "../../../gpu/programs/token-choice.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { testDevice as device, fewer, onCpu } from "../../support/test-device.ts";
import { randomWeights, tinyConfig } from "../../support/tiny-model.ts";

const itOnCpu = it.skipIf(!onCpu);
const programs = new ProgramCache(device);
const flat = randomWeights(tinyConfig, 5);
const weights = await device.upload(float32(flat, [flat.length]));
afterAll(async () => {
  weights.dispose();
  await programs.close();
});

/** Lengths around the page of 16: one token, within a page, one page and the token that is not read, several pages. */
const prompts = [1, 5, 16, 17, 18, 40].map((length, p) =>
  Int32Array.from({ length }, (_, t) => (t * 7 + p * 3 + 1) % tinyConfig.vocabularySize),
);
const everything: RowSettings = {
  inverseTemperature: 1,
  topK: tinyConfig.vocabularySize,
  topP: 1,
  minP: 0,
  maxTokens: 30,
};
const stopTokens = [7];

function rowOf(prompt: number, seed: number, settings: Partial<RowSettings> = {}): Row {
  return {
    prompt: prompts[prompt]!,
    seed,
    settings: { ...everything, ...settings },
    tokens: [],
    sampledLogprobs: [],
    rawLogprobs: [],
    stopped: false,
    ended: false,
  };
}

interface Options {
  readonly turns?: number;
  readonly pages?: number;
  readonly rows?: number;
  readonly readingTokens?: number;
  readonly choice?: ChoiceKind;
}

function openPool({ turns = 8, pages = 1000, rows = 64, readingTokens = 1000, choice = "plain" }: Options = {}) {
  const account = new CacheAccount({ pages, rows });
  const model = {
    config: tinyConfig,
    weights: wholeModel(weights),
    choice,
    stopTokens,
    turns: () => turns,
    readingTokens,
  };
  return { pool: new RowPool(programs, model, account), account };
}

async function drain(pool: RowPool): Promise<number> {
  let steps = 0;
  for (; !pool.empty; steps++) {
    if (steps > 500) throw new Error("the pool makes no progress");
    await pool.step();
  }
  return steps;
}

const everyRow = () => prompts.flatMap((_, p) => [0, 1, 2, 3].map((seed) => rowOf(p, seed * 77 + p)));

/** The same rows written whole in one run. */
async function inOneRun(rows: readonly Row[], { temperature = 1, topP = 1 } = {}) {
  const result = await sampleRows(
    programs,
    tinyConfig,
    wholeModel(weights),
    {
      prompts,
      rowPrompt: Int32Array.from(rows, (row) => prompts.indexOf(row.prompt as (typeof prompts)[number])),
      seeds: Uint32Array.from(rows, (row) => row.seed),
    },
    { temperature, topP, topK: 0, minP: 0, maxTokens: 30, stopTokens },
  );
  const raw = unragged({ lengths: result.tokens.lengths, values: result.rawLogprobs });
  return unragged(result.tokens).map((tokens, r) => ({
    tokens: [...tokens],
    raw: [...raw[r]!],
    stopped: result.stopped[r] === 1,
  }));
}

describe("continuous batching", () => {
  const cuts: [string, Options][] = [
    ["three tokens a run", { turns: 3 }],
    ["a token a run", { turns: 1 }],
    ["more tokens a run than a page holds", { turns: 20 }],
    ["everything in one block", { turns: 64 }],
    ["two rows at a time", { rows: 2 }],
    ["pages for few rows at a time", { pages: 14 }],
    ["prompts read in stretches of seven tokens", { readingTokens: 7 }],
  ];
  // Elsewhere tokens are written out, eight in each run.
  it.each(fewer(cuts))("writes what one run writes: %s", async (_, options) => {
    const rows = everyRow();
    const { pool, account } = openPool(options);
    pool.add(rows);
    await drain(pool);
    const expected = await inOneRun(rows);
    expect(rows.map(({ tokens, stopped }) => ({ tokens, stopped }))).toEqual(
      expected.map(({ tokens, stopped }) => ({ tokens, stopped })),
    );
    const gaps = rows.flatMap((row, r) => row.rawLogprobs.map((value, t) => Math.abs(value - expected[r]!.raw[t]!)));
    expect(Math.max(...gaps)).toBeLessThan(1e-5);
    expect(new Set(rows.map(({ tokens }) => tokens.length)).size, "rows must end at different lengths").toBeGreaterThan(
      5,
    );
    expect([pool.pagesUsed, account.pages, account.rows]).toEqual([0, 0, 0]);
  });

  itOnCpu("agrees with the scorer, which has no cache, to 1e-4", async () => {
    const rows = everyRow();
    const { pool } = openPool({ turns: 5 });
    pool.add(rows);
    await drain(pool);
    const sequences = rows.map(({ prompt, tokens }) => ({
      tokens: Int32Array.from([...prompt, ...tokens]),
      from: prompt.length,
    }));
    const { logprobs } = await scoreSequences(
      programs,
      tinyConfig,
      wholeModel(weights),
      sequences,
      0,
      standardMemory(),
      async () => undefined,
    );
    const gaps = rows.flatMap((row, r) => row.rawLogprobs.map((value, t) => Math.abs(value - logprobs[r]![t]!)));
    expect(Math.max(...gaps)).toBeLessThan(1e-4);
  });

  itOnCpu("lets rows join and leave between runs, and changes nothing for the others", async () => {
    const rows = everyRow();
    const [early, late, leaving] = [rows.slice(0, 8), rows.slice(8, 16), rows.slice(16)];
    const { pool, account } = openPool({ turns: 2 });
    pool.add(early);
    for (let step = 0; step < 4; step++) await pool.step();
    pool.add([...leaving, ...late]);
    for (let step = 0; step < 3; step++) await pool.step();
    pool.remove(new Set(leaving));
    await drain(pool);
    const expected = await inOneRun([...early, ...late]);
    expect([...early, ...late].map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
    expect(leaving.some((row) => !row.ended)).toBe(true);
    expect([pool.pagesUsed, account.pages, account.rows]).toEqual([0, 0, 0]);
  });

  itOnCpu("samples rows of different settings side by side", async () => {
    const { pool } = openPool({ choice: "cut", turns: 4 });
    const sharp = everyRow().map((row) => ({ ...row, settings: { ...row.settings, topP: 0.7 } }));
    const greedy = everyRow().map((row) => ({ ...row, settings: { ...row.settings, topK: 1 } }));
    pool.add(sharp.flatMap((row, r) => [row, greedy[r]!]));
    await drain(pool);
    expect(sharp.map(({ tokens }) => tokens)).toEqual(
      (await inOneRun(sharp, { topP: 0.7 })).map(({ tokens }) => tokens),
    );
    expect(greedy.map(({ tokens }) => tokens)).toEqual(
      (await inOneRun(greedy, { temperature: 0 })).map(({ tokens }) => tokens),
    );
  });

  itOnCpu("reads a prompt once for all of its rows, and keeps their common pages once", async () => {
    const rows = Array.from({ length: 10 }, (_, seed) => rowOf(5, seed, { maxTokens: 3 }));
    const { pool } = openPool({ turns: 1 });
    pool.add(rows);
    await pool.step(); // the prompt: 39 tokens, three pages
    expect(pool.pagesUsed).toBe(3);
    expect(rows[0]!.tokens).toHaveLength(0);
    await pool.step(); // one token each: two pages shared, the third copied
    expect(rows.every(({ tokens }) => tokens.length === 1)).toBe(true);
    const going = rows.filter(({ ended }) => !ended).length;
    expect(pool.pagesUsed).toBe(3 + going);
  });

  itOnCpu("never promises more than its pages, and refuses a row that could never have enough", async () => {
    const pages = pagesOfRow(40, 30);
    const { pool, account } = openPool({ pages, turns: 4 });
    pool.add(everyRow());
    while (!pool.empty) {
      await pool.step();
      expect(account.pages).toBeLessThanOrEqual(pages);
      expect(pool.pagesUsed).toBeLessThanOrEqual(account.pages);
    }
    const small = openPool({ pages: pages - 1 }).pool;
    expect(() => small.add([rowOf(5, 1)])).toThrow(/40 tokens and 30 new ones need 48.0 KiB.*room for 40.0 KiB/);
    expect(() => checkFits(tinyConfig, { pages, rows: 0 }, 1, 1)).toThrow(/need/);
  });
});
