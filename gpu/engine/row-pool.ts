/**
 * Continuous batching: rows of any number of calls that sample the same weights, decoded together. Each `step` is one run
 * of the device. Rows that end make room for rows that wait; a prompt is read once for all rows that continue it.
 *
 * What a row writes depends on (weights, prompt, seed, settings) only: each row has its own uniforms, its own settings and
 * its own part of every product. Which rows share a run decides rounding, nothing else.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { layoutKey } from "../models/model-inputs.ts";
import { readPromptsProgram } from "../programs/read-prompts.ts";
import { sampleBlockProgram } from "../programs/sample-block.ts";
import type { ChoiceKind } from "../programs/token-choice.ts";
import { float32, type HostTensor, int64 } from "../runtime/tensor.ts";
import { type CacheLimits, checkFits, pageLength, pagesOf, pagesOfContinuation } from "./cache-budget.ts";
import { blockLength } from "./generate.ts";
import { type CachedTokens, PageStore } from "./page-store.ts";
import type { ProgramCache } from "./program-cache.ts";
import { rowsOfOneRun, stretchesToRead } from "./run-shapes.ts";
import { uniform } from "./uniforms.ts";
import type { ResidentWeights } from "./weights-store.ts";

export interface RowSettings {
  readonly inverseTemperature: number;
  /** V switches it off. */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly maxTokens: number;
}

/** A completion in the making. */
export interface Row {
  readonly prompt: Int32Array;
  readonly seed: number;
  readonly settings: RowSettings;
  readonly tokens: number[];
  readonly sampledLogprobs: number[];
  readonly rawLogprobs: number[];
  stopped: boolean;
  ended: boolean;
}

export interface PoolModel {
  readonly config: DecoderConfig;
  readonly weights: ResidentWeights;
  readonly choice: ChoiceKind;
  readonly stopTokens: readonly number[];
  /** Tokens that one run writes for each of so many rows, and tokens of prompts that one reads, at most. */
  readonly turns: (rows: number) => number;
  readonly readingTokens: number;
}

interface Prompt {
  readonly key: string;
  readonly tokens: Int32Array;
  /** All but the last token, once it is read: a row begins by reading that one itself. */
  readonly cache: CachedTokens;
  rows: number;
}

interface Active {
  readonly row: Row;
  readonly prompt: Prompt;
  readonly promised: number;
  cache: CachedTokens | null;
  /** The step it last took part in. */
  lastStep: number;
}

/** Shared by the pools of one priority: what their rows may take, and what has been promised to them. */
export class CacheAccount {
  readonly limits: CacheLimits;
  /** What is used is never more. */
  pages = 0;
  rows = 0;

  constructor(limits: CacheLimits) {
    this.limits = limits;
  }
}

export class RowPool {
  readonly #programs: ProgramCache;
  readonly #model: PoolModel;
  readonly #account: CacheAccount;
  readonly #store: PageStore;
  readonly #waiting: Row[] = [];
  readonly #prompts = new Map<string, Prompt>();
  #active: Active[] = [];
  #steps = 0;
  #readLast = false;

  constructor(programs: ProgramCache, model: PoolModel, account: CacheAccount) {
    this.#programs = programs;
    this.#model = model;
    this.#account = account;
    this.#store = new PageStore(model.config);
  }

  get empty(): boolean {
    return this.#waiting.length === 0 && this.#active.length === 0;
  }

  /** Pages in use, for the test that none is lost. */
  get pagesUsed(): number {
    return this.#store.used;
  }

  /** Rows in order; those of one prompt should be neighbours. @throws DeviceError `out-of-memory` */
  add(rows: readonly Row[]): void {
    for (const { prompt, settings } of rows)
      checkFits(this.#model.config, this.#account.limits, prompt.length, settings.maxTokens);
    this.#waiting.push(...rows);
  }

  /** Takes rows out, wherever they are. */
  remove(rows: ReadonlySet<Row>): void {
    const waiting = this.#waiting.filter((row) => !rows.has(row));
    this.#waiting.splice(0, this.#waiting.length, ...waiting);
    this.#retire((active) => rows.has(active.row));
    this.#forgetPrompts();
  }

  /** One run: a stretch of the prompts that are being read, or a block of tokens; in turns where there is both. */
  async step(): Promise<void> {
    this.#steps++;
    this.#admit();
    const unread = [...this.#prompts.values()].filter((prompt) => !isRead(prompt));
    const ready = this.#active.filter(({ prompt }) => isRead(prompt));
    const reads = unread.length > 0 && (ready.length === 0 || !this.#readLast);
    this.#readLast = reads;
    if (reads) await this.#read(stretchesToRead(unread, this.#model.readingTokens));
    else if (ready.length > 0) await this.#write(rowsOfOneRun(ready, pagesOfActive));
  }

  /** In order of arrival, as long as everything a row may come to need can be promised. */
  #admit(): void {
    const account = this.#account;
    while (this.#waiting.length > 0 && account.rows < account.limits.rows) {
      const row = this.#waiting[0]!;
      const key = row.prompt.join();
      const known = this.#prompts.get(key);
      const own = pagesOfContinuation(row.prompt.length, row.settings.maxTokens);
      const shared = known ? 0 : pagesOf(row.prompt.length - 1);
      if (account.pages + own + shared > account.limits.pages) return;
      this.#waiting.shift();
      const prompt = known ?? { key, tokens: row.prompt, cache: { pages: [], length: 0 }, rows: 0 };
      this.#prompts.set(key, prompt);
      prompt.rows++;
      account.pages += own + shared;
      account.rows++;
      this.#active.push({ row, prompt, promised: own, cache: null, lastStep: this.#steps });
    }
  }

  async #read(prompts: readonly { readonly prompt: Prompt; readonly count: number }[]): Promise<void> {
    const { config } = this.#model;
    const { layout, feeds, mapped } = this.#model.weights;
    const S = Math.max(...prompts.map(({ count }) => count));
    const tokens = new BigInt64Array(prompts.length * S);
    for (const [q, { prompt, count }] of prompts.entries())
      for (let s = 0; s < count; s++) tokens[q * S + s] = BigInt(prompt.tokens[prompt.cache.length + s]!);
    const session = await this.#programs.get(
      `read-prompts:${layoutKey(layout)}`,
      () => readPromptsProgram(config, pageLength, layout),
      { mapped },
    );
    const outputs = await session.run({
      ...feeds,
      ...this.#store.inputs(prompts.map(({ prompt }) => prompt.cache)),
      tokens: int64(tokens, [prompts.length, S]),
    });
    for (const [q, { prompt, count }] of prompts.entries()) this.#store.append(prompt.cache, outputs, q, count);
  }

  async #write(rows: readonly Active[]): Promise<void> {
    const { config, choice, stopTokens, turns } = this.#model;
    const { layout, feeds, mapped } = this.#model.weights;
    const written = this.#programs.device.traits.generation === "block-by-block" ? blockLength : null;
    const session = await this.#programs.get(
      `sample-block:${choice}:${layoutKey(layout)}`,
      () => sampleBlockProgram(config, { choice, pageLength, turns: written }, layout),
      { mapped },
    );
    const [A, C] = [rows.length, written ?? turns(rows.length)];
    const left = ({ row }: Active) => row.settings.maxTokens - row.tokens.length;
    const uniforms = new Float32Array(A * C);
    for (const [a, { row }] of rows.entries())
      for (let c = 0; c < C; c++) uniforms[a * C + c] = uniform(row.seed, row.tokens.length + c);
    const caches = rows.map((active) => {
      active.cache ??= this.#store.fork(active.prompt.cache);
      return { prompt: active.prompt.cache, cache: active.cache };
    });
    const ints = (values: readonly number[], shape = [values.length]) =>
      int64(BigInt64Array.from(values, BigInt), shape);
    const column = (of: keyof RowSettings) =>
      float32(
        Float32Array.from(rows, ({ row }) => row.settings[of]),
        [A, 1],
      );
    const outputs = await session.run({
      ...feeds,
      ...this.#store.inputsOfRows(caches),
      lastTokens: ints(rows.map(({ row }) => row.tokens.at(-1) ?? row.prompt.at(-1)!)),
      remaining: ints(rows.map(left)),
      uniforms: float32(uniforms, [A, C]),
      stopTokens: ints(stopTokens.length > 0 ? stopTokens : [-1]),
      inverseTemperature: column("inverseTemperature"),
      topP: column("topP"),
      minP: column("minP"),
      topK: ints(
        rows.map(({ row }) => row.settings.topK),
        [A, 1],
      ),
    });
    for (const [a, active] of rows.entries()) {
      active.lastStep = this.#steps;
      this.#take(active.row, outputs, a);
      if (!active.row.ended) this.#store.append(active.cache!, outputs, a, outputs.tokens!.shape[1]!);
    }
    this.#retire(({ row }) => row.ended);
  }

  #take(row: Row, outputs: Readonly<Record<string, HostTensor>>, a: number): void {
    const W = outputs.tokens!.shape[1]!;
    const tokens = outputs.tokens!.data as BigInt64Array;
    const sampled = outputs.sampledLogprobs!.data as Float32Array;
    const raw = outputs.rawLogprobs!.data as Float32Array;
    for (let at = a * W; at < (a + 1) * W && tokens[at]! >= 0n; at++) {
      row.tokens.push(Number(tokens[at]));
      row.sampledLogprobs.push(sampled[at]!);
      row.rawLogprobs.push(raw[at]!);
    }
    row.stopped = this.#model.stopTokens.includes(row.tokens.at(-1)!);
    row.ended = row.stopped || row.tokens.length === row.settings.maxTokens;
  }

  #retire(which: (active: Active) => boolean): void {
    const leaving = this.#active.filter(which);
    if (leaving.length === 0) return;
    const gone = new Set(leaving);
    this.#active = this.#active.filter((active) => !gone.has(active));
    for (const { cache, prompt, promised } of leaving) {
      if (cache) this.#store.release(cache);
      this.#account.pages -= promised;
      this.#account.rows--;
      prompt.rows--;
    }
    this.#forgetPrompts();
  }

  /** Prompts that no row in flight continues, unless the next one does. */
  #forgetPrompts(): void {
    for (const [key, prompt] of this.#prompts) {
      if (prompt.rows > 0 || this.#waiting[0]?.prompt === prompt.tokens) continue;
      this.#store.release(prompt.cache);
      this.#account.pages -= pagesOf(prompt.tokens.length - 1);
      this.#prompts.delete(key);
    }
  }
}

const isRead = (prompt: Prompt): boolean => prompt.cache.length === prompt.tokens.length - 1;

const pagesOfActive = ({ cache, prompt }: Active): number => (cache ?? prompt.cache).pages.length;
