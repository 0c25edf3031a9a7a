import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  activationBytesPerRow,
  blockTurns,
  bytesPerPage,
  cacheBytesPerToken,
  cacheLimits,
  fitsOneRun,
  mostPadding,
} from "../../../gpu/engine/cache-budget.ts";
import { Generations, type SampleCall, type SampleProgress } from "../../../gpu/engine/generations.ts";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { unragged } from "../../../gpu/engine/ragged.ts";
import type { SampleRows, SampleSettings } from "../../../gpu/engine/sampler.ts";
import { wholeModel } from "../../../gpu/engine/weights-store.ts";
import type { DecoderConfig } from "../../../gpu/models/decoder-config.ts";
import { parameterCount } from "../../../gpu/models/parameters.ts";
import { ComputeDevice } from "../../../gpu/runtime/compute-device.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { randomWeights, tinyConfig } from "../../support/tiny-model.ts";

const device = ComputeDevice.cpu(1);
const programs = new ProgramCache(device);
const flat = randomWeights(tinyConfig, 5);
const weights = await device.upload(float32(flat, [flat.length]));
afterAll(async () => {
  weights.dispose();
  await programs.close();
});

const settings: SampleSettings = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 40, stopTokens: [7] };
const rowsOf = (...seeds: number[]): SampleRows => ({
  prompts: [Int32Array.from([3, 1, 4, 1, 5]), Int32Array.from([9, 2])],
  rowPrompt: Int32Array.from(seeds, (seed) => seed % 2),
  seeds: Uint32Array.from(seeds),
});
const call = (change: Partial<SampleCall> = {}): SampleCall => ({
  priority: "interactive",
  pieces: false,
  progress: () => undefined,
  pause: async () => undefined,
  ...change,
});
const gibibyte = 2 ** 30;
const open = (budget = gibibyte) => new Generations(programs, tinyConfig, budget);
const sample = (generations: Generations, rows: SampleRows, change: Partial<SampleCall> = {}, digest = "base") =>
  generations.sample(digest, wholeModel(weights), rows, settings, call(change));

describe("generations", () => {
  it("are told in pieces that join to what one run writes", async () => {
    const generations = open();
    const rows = rowsOf(1, 2, 3, 4, 5, 6);
    const seen: SampleProgress[] = [];
    const told = await sample(generations, rows, { pieces: true, progress: (progress) => seen.push(progress) });
    const whole = await sample(generations, rows);
    expect([...told.tokens.values]).toEqual([...whole.tokens.values]);
    expect([...told.stopped]).toEqual([...whole.stopped]);
    const joined: number[][] = Array.from(rows.seeds, () => []);
    for (const { pieces } of seen)
      for (const [i, tokens] of unragged(pieces!.written.tokens).entries()) joined[pieces!.rows[i]!]!.push(...tokens);
    expect(joined).toEqual(unragged(told.tokens).map((tokens) => [...tokens]));
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toMatchObject({ finished: 6, tokens: told.tokens.values.length });
  });

  it("of several calls share runs, whoever's turn it is, and stay what they are alone", async () => {
    /** As in the device process: one call works until it pauses, then the next. */
    let held: Promise<void> = Promise.resolve();
    let turns = 0;
    const take = async () => {
      const before = held;
      let free: () => void = () => undefined;
      held = new Promise((resolve) => {
        free = resolve;
      });
      await before;
      turns++;
      return free;
    };
    const inTurns = async (generations: Generations, rows: SampleRows) => {
      let free = await take();
      const pause = async () => {
        free();
        free = await take();
      };
      return sample(generations, rows, { pieces: true, pause }).finally(() => free());
    };
    const rows = [rowsOf(1, 2, 3), rowsOf(4, 5)];
    const alone = await Promise.all(rows.map((own) => inTurns(open(), own)));
    const turnsAlone = turns;
    turns = 0;
    const shared = open();
    const together = await Promise.all(rows.map((own) => inTurns(shared, own)));
    expect(together.map(({ tokens }) => [...tokens.values])).toEqual(alone.map(({ tokens }) => [...tokens.values]));
    expect(turns).toBeLessThan(0.75 * turnsAlone);
  });

  it("that are given up leave nothing behind", async () => {
    const generations = open();
    let pauses = 0;
    const pause = async () => {
      if (++pauses === 3) throw new Error("given up");
    };
    await expect(sample(generations, rowsOf(1, 2), { pieces: true, pause })).rejects.toThrow("given up");
    const after = await sample(generations, rowsOf(1, 2), { pieces: true });
    expect([...after.tokens.values]).toEqual([...(await sample(open(), rowsOf(1, 2))).tokens.values]);
  });

  it("that can never fit are refused with the sizes; those that fit only one after the other are written", async () => {
    const needed = 2 * 4 * parameterCount(tinyConfig) + 4 * 3 * tinyConfig.heads * 2 ** 21;
    await expect(sample(open(needed), rowsOf(2), { pieces: true })).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(
        /5 tokens and 40 new ones need 32.0 KiB.*room for 0.0 KiB beside \d+.\d KiB of weights/,
      ),
    });
    const rowBytes = activationBytesPerRow(tinyConfig) + 8 * bytesPerPage(tinyConfig) * (2 + mostPadding);
    const tight = open(needed + 4 * rowBytes);
    const many = rowsOf(...Array.from({ length: 12 }, (_, seed) => seed));
    const written = await sample(tight, many, { pieces: true });
    expect([...written.tokens.values]).toEqual([...(await sample(open(), many)).tokens.values]);
  });
});

const qwen3Small: DecoderConfig = {
  ...tinyConfig,
  ...{ layers: 28, hiddenSize: 1024, intermediateSize: 3072, heads: 16, keyValueHeads: 8, headDim: 128 },
  ...{ vocabularySize: 151_936, contextLength: 40_960 },
};

describe("the memory of sampling", () => {
  it("is 224 KiB a token for Qwen3-0.6B", () => {
    expect(cacheBytesPerToken(qwen3Small)).toBe(229_376);
  });

  it("stays within the budget, whatever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.constantFrom(1 / 4, 3 / 4), (gib, share) => {
        const budget = gib * gibibyte;
        const { rows, pages } = cacheLimits(qwen3Small, budget, share);
        const fixed = 4 * parameterCount(qwen3Small) + 4 * 3 * 16 * 2 ** 21;
        const taken = rows * activationBytesPerRow(qwen3Small) + pages * bytesPerPage(qwen3Small) * (2 + mostPadding);
        expect(taken).toBeLessThanOrEqual(Math.max(0, share * (budget - fixed)));
        expect(rows === 0).toBe(budget <= fixed);
      }),
    );
  });

  it("cuts small models not at all, large ones into runs of some seconds, shorter where somebody waits", () => {
    const batch = { prompts: 32, longest: 16, rows: 512, maxTokens: 48 };
    expect(fitsOneRun(tinyConfig, gibibyte, batch)).toBe(true);
    expect(fitsOneRun(tinyConfig, 2 ** 20, batch)).toBe(false);
    expect(fitsOneRun(qwen3Small, 64 * gibibyte, { ...batch, rows: 16, maxTokens: 256 })).toBe(false);
    expect(blockTurns(qwen3Small, 16, "batch")).toBe(26);
    expect(blockTurns(qwen3Small, 16, "interactive")).toBe(2);
    expect(blockTurns(tinyConfig, 16, "interactive")).toBe(8);
  });
});
