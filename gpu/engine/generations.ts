/**
 * Completions for a batch of rows: in one run where that is short and small enough, else block by block in a pool that
 * other calls of the same weights join.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { blockTurns, cacheLimits, fitsOneRun, readingTokens } from "./cache-budget.ts";
import type { ProgramCache } from "./program-cache.ts";
import { raggedTokens } from "./ragged.ts";
import { CacheAccount, type Row, RowPool } from "./row-pool.ts";
import {
  checkRows,
  choiceKind,
  type SampledRows,
  type SampleRows,
  type SampleSettings,
  sampleRows,
} from "./sampler.ts";
import type { ResidentWeights } from "./weights-store.ts";

/** What some rows have written since they were last told of; `rows` are indices into the call's. */
export interface SamplePieces {
  readonly rows: Int32Array;
  readonly written: SampledRows;
}

export interface SampleProgress {
  /** Rows that have ended. */
  readonly finished: number;
  readonly tokens: number;
  /** Where they are asked for. */
  readonly pieces: SamplePieces | null;
}

export interface SampleCall {
  readonly priority: "interactive" | "batch";
  /** Tokens are told of as they are written: never in one run. */
  readonly pieces: boolean;
  readonly progress: (progress: SampleProgress) => void;
  /** Between two runs: others get their turn. Throws if the call is no longer wanted. */
  readonly pause: () => Promise<void>;
}

/** Of what the weights leave: training's sampling gets most, but whoever asks meanwhile never waits for it to end. */
const shares = { batch: 3 / 4, interactive: 1 / 4 } as const;

export class Generations {
  readonly #programs: ProgramCache;
  readonly #config: DecoderConfig;
  readonly #budget: number;
  readonly #accounts: Readonly<Record<keyof typeof shares, CacheAccount>>;
  readonly #pools = new Map<string, RowPool>();

  /** @param budget bytes of weights, keys and values, and activations together */
  constructor(programs: ProgramCache, config: DecoderConfig, budget: number) {
    this.#programs = programs;
    this.#config = config;
    this.#budget = budget;
    const account = (share: number) => new CacheAccount(cacheLimits(config, budget, share));
    this.#accounts = { batch: account(shares.batch), interactive: account(shares.interactive) };
  }

  /**
   * @param digest of `weights`: calls that name the same share a pool
   * @throws EngineError for rows that cannot be; DeviceError `out-of-memory` for rows that can never fit
   */
  async sample(
    digest: string,
    weights: ResidentWeights,
    rows: SampleRows,
    settings: SampleSettings,
    call: SampleCall,
  ): Promise<SampledRows> {
    const longest = checkRows(this.#config, rows, settings);
    const sizes = { prompts: rows.prompts.length, longest, rows: rows.seeds.length, maxTokens: settings.maxTokens };
    if (!call.pieces && fitsOneRun(this.#config, this.#budget, sizes))
      return sampleRows(this.#programs, this.#config, weights, rows, settings);
    const choice = choiceKind(settings, this.#config.vocabularySize);
    const key = [call.priority, digest, choice, settings.stopTokens].join();
    const model = {
      config: this.#config,
      weights,
      choice,
      stopTokens: settings.stopTokens,
      turns: (count: number) => blockTurns(this.#config, count, call.priority),
      readingTokens: readingTokens(this.#config, call.priority),
    };
    const pool = this.#pools.get(key) ?? new RowPool(this.#programs, model, this.#accounts[call.priority]);
    const written = rowsOf(rows, settings, this.#config.vocabularySize);
    pool.add(written);
    this.#pools.set(key, pool);
    try {
      await this.#drive(pool, written, call);
    } finally {
      pool.remove(new Set(written));
      if (pool.empty) this.#pools.delete(key);
    }
    return packed(written, new Array<number>(written.length).fill(0));
  }

  /** A step of the pool for each turn of this call, until its own rows have ended, whoever's turns wrote them. */
  async #drive(pool: RowPool, rows: readonly Row[], { pieces, progress, pause }: SampleCall): Promise<void> {
    const told = new Array<number>(rows.length).fill(0);
    const report = () => {
      const news = rows.flatMap((row, r) => (row.tokens.length > told[r]! ? [r] : []));
      if (news.length === 0) return;
      const written = pieces
        ? packed(
            news.map((r) => rows[r]!),
            news.map((r) => told[r]!),
          )
        : null;
      for (const r of news) told[r] = rows[r]!.tokens.length;
      progress({
        finished: rows.filter((row) => row.ended).length,
        tokens: told.reduce((a, b) => a + b, 0),
        pieces: written && { rows: Int32Array.from(news), written },
      });
    };
    for (;;) {
      await pause();
      report();
      if (rows.every((row) => row.ended)) return;
      await pool.step();
      report();
      if (rows.every((row) => row.ended)) return;
    }
  }
}

function rowsOf({ prompts, rowPrompt, seeds }: SampleRows, settings: SampleSettings, vocabulary: number): Row[] {
  const { temperature, topP, topK, minP, maxTokens } = settings;
  const own = {
    inverseTemperature: temperature === 0 ? 1 : 1 / temperature,
    topK: topK > 0 ? topK : vocabulary,
    topP,
    minP,
    maxTokens,
  };
  return Array.from(seeds, (seed, r) => ({
    prompt: prompts[rowPrompt[r]!]!,
    seed,
    settings: own,
    tokens: [],
    sampledLogprobs: [],
    rawLogprobs: [],
    stopped: false,
    ended: false,
  }));
}

/** What the rows have written from token `from` on. */
function packed(rows: readonly Row[], from: readonly number[]): SampledRows {
  const floats = (of: "sampledLogprobs" | "rawLogprobs") =>
    Float32Array.from(rows.flatMap((row, r) => row[of].slice(from[r]!)));
  return {
    tokens: raggedTokens(rows.map((row, r) => row.tokens.slice(from[r]!))),
    sampledLogprobs: floats("sampledLogprobs"),
    rawLogprobs: floats("rawLogprobs"),
    stopped: Uint8Array.from(rows, (row) => Number(row.stopped)),
  };
}
