/**
 * Decoding at Qwen3-0.6B's width: what a token of sixteen rows costs, held against reading every weight once. The model is
 * fed as it is served, so that what a run does to it is part of the time.
 */
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { CacheAccount, type Row, RowPool } from "../../gpu/engine/row-pool.ts";
import { WeightsStore } from "../../gpu/engine/weights-store.ts";
import { parameterCount } from "../../gpu/models/parameters.ts";
import type { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { noise } from "./noise.ts";
import type { Probe } from "./probe.ts";
import type { DecodingShape } from "./shapes.ts";

export class Decoding implements Probe {
  readonly name: string;
  readonly shape: DecodingShape;
  /** Seconds of every token so far: one run writes `turns` of them. */
  readonly seconds: number[] = [];
  /** Of all weights. */
  readonly bytes: number;
  readonly #device: ComputeDevice;
  readonly #programs: ProgramCache;
  #weights: WeightsStore | null = null;

  constructor(shape: DecodingShape, device: ComputeDevice) {
    this.name = `decoding ${shape.name}, ${shape.batch} rows`;
    this.shape = shape;
    this.bytes = 4 * parameterCount(shape.decoder);
    this.#device = device;
    this.#programs = new ProgramCache(device);
  }

  async open(): Promise<void> {
    const { decoder } = this.shape;
    this.#weights = new WeightsStore(this.#device, decoder, { flat: noise(parameterCount(decoder)), mapped: null });
    await this.#decode();
  }

  async measure(): Promise<string> {
    this.seconds.push(...(await this.#decode()));
    return `${(1000 * this.seconds.at(-1)!).toFixed(0)} ms a token of ${this.shape.batch} rows`;
  }

  async close(): Promise<void> {
    this.#weights?.forget(this.#weights.base);
    await this.#programs.close();
  }

  /** @returns seconds a token, of two runs after the prompt has been read */
  async #decode(): Promise<number[]> {
    const { decoder, batch, promptLength, turns } = this.shape;
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
