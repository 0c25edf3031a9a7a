/**
 * Decoding at Qwen3-0.6B's width: what a token of sixteen rows costs, held against reading every weight once. The model is
 * fed as it is served, so that what a run does to it is part of the time.
 */
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { CacheAccount, type Row, RowPool } from "../../gpu/engine/row-pool.ts";
import { WeightsStore } from "../../gpu/engine/weights-store.ts";
import { parameterCount } from "../../gpu/models/parameters.ts";
import type { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { seededRandom } from "../../src/rzero/seeds.ts";
import type { Probe } from "./probe.ts";
import { DECODING_SHAPE } from "./shapes.ts";

const { decoder, batch, promptLength, turns } = DECODING_SHAPE;

export class Decoding implements Probe {
  readonly name = `decoding ${DECODING_SHAPE.name}, ${batch} rows`;
  /** Seconds of every token so far: one run writes `turns` of them. */
  readonly seconds: number[] = [];
  /** Of all weights. */
  readonly bytes = 4 * parameterCount(decoder);
  readonly #device: ComputeDevice;
  readonly #programs: ProgramCache;
  #weights: WeightsStore | null = null;

  constructor(device: ComputeDevice) {
    this.#device = device;
    this.#programs = new ProgramCache(device);
  }

  async open(): Promise<void> {
    this.#weights = new WeightsStore(this.#device, decoder, { flat: noise(parameterCount(decoder)), mapped: null });
    await this.#decode();
  }

  async measure(): Promise<string> {
    this.seconds.push(...(await this.#decode()));
    return `${(1000 * this.seconds.at(-1)!).toFixed(0)} ms a token of ${batch} rows`;
  }

  async close(): Promise<void> {
    this.#weights?.forget(this.#weights.base);
    await this.#programs.close();
  }

  /** @returns seconds a token, of two runs after the prompt has been read */
  async #decode(): Promise<number[]> {
    const weights = await this.#weights!.resident(this.#weights!.base);
    const model = {
      ...{ config: decoder, weights, choice: "plain" as const, stopTokens: [] },
      ...{ turns: () => turns, readingTokens: promptLength },
    };
    const pool = new RowPool(this.#programs, model, new CacheAccount({ pages: 10_000, rows: batch }));
    const prompt = Int32Array.from({ length: promptLength }, (_, t) => 1000 + t);
    const settings = { inverseTemperature: 1, topK: decoder.vocabularySize, topP: 1, minP: 0, maxTokens: 2 * turns };
    const rows = Array.from({ length: batch }, (_, seed): Row => {
      const nothing = { tokens: [], sampledLogprobs: [], rawLogprobs: [], stopped: false, ended: false };
      return { prompt, seed, settings, ...nothing };
    });
    pool.add(rows);
    await pool.step(); // reads the prompt
    const seconds: number[] = [];
    while (!pool.empty) {
      const started = performance.now();
      await pool.step();
      seconds.push((performance.now() - started) / 1000 / turns);
    }
    if (rows.some(({ tokens }) => tokens.length !== 2 * turns)) throw new Error(`${this.name}: rows ended early`);
    return seconds;
  }
}

/** Small and different enough that nothing overflows and nothing is denormal; a million of them, repeated. */
function noise(size: number): Float32Array {
  const random = seededRandom(1);
  const some = Float32Array.from({ length: 2 ** 20 }, () => 0.04 * (2 * random() - 1));
  const all = new Float32Array(size);
  for (let at = 0; at < size; at += some.length) all.set(some.subarray(0, Math.min(some.length, size - at)), at);
  return all;
}
