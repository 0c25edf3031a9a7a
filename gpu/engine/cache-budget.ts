/**
 * What sampling holds in memory, and how it is cut so that it stays under a budget. Pure functions of sizes: the same
 * request is cut the same way every time, so that a run's numbers do not depend on what the machine was doing.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { largestFlat } from "../models/model-inputs.ts";
import { parameterCount } from "../models/parameters.ts";
import { DeviceError } from "../runtime/device-error.ts";
import { samplingBytes } from "./estimate-memory.ts";
import { blockLength } from "./generate.ts";

/** Tokens of one page of the cache. Shorter wastes less at the end of a row, longer gathers faster. */
export const pageLength = 16;

/** Rows decoded together at most. */
const mostRows = 256;

/** How much of the gathered cache of a run may be padding, as a share of what is not. */
export const mostPadding = 1 / 3;

export const pagesOf = (tokens: number): number => Math.ceil(tokens / pageLength);

/** Keys and values of one token in all layers: 2 L K headDim float32. */
export const cacheBytesPerToken = ({ layers, keyValueHeads, headDim }: DecoderConfig): number =>
  4 * 2 * layers * keyValueHeads * headDim;

export const bytesPerPage = (config: DecoderConfig): number => pageLength * cacheBytesPerToken(config);

/**
 * Of each row while a token is chosen: logits, log-probabilities, probabilities, their order (int64 beside float32), two
 * sums and a mask, all [V]; and what one layer holds.
 */
export const activationBytesPerRow = ({ vocabularySize, hiddenSize, intermediateSize }: DecoderConfig): number =>
  4 * (9 * vocabularySize + 4 * hiddenSize + 3 * intermediateSize);

/** Attention scores of one run that reads prompts: tokens times keys, of every head, in three copies. */
export const readingPairs = 2 ** 21;
const readingBytes = ({ heads }: DecoderConfig): number => 4 * 3 * heads * readingPairs;

/** Twice where a vector is kept and a run copies its parts out of it. */
function weightBytes(config: DecoderConfig): number {
  const P = parameterCount(config);
  return 4 * P * (P <= largestFlat ? 2 : 1);
}

/** What rows in flight may take together. */
export interface CacheLimits {
  /** Pages of the cache that may be in use or promised. */
  readonly pages: number;
  readonly rows: number;
}

/**
 * Limits of rows that get `share` of what the weights leave of `budget` bytes.
 *   weights + reading + rows * activations + pages * bytes * (1 + 1 + padding) <= budget
 * The cache counts twice, and once more for padding: a run gathers the pages of its rows into one array.
 */
export function cacheLimits(config: DecoderConfig, budget: number, share: number): CacheLimits {
  const left = share * (budget - weightBytes(config) - readingBytes(config));
  const rows = Math.min(mostRows, Math.floor(left / 4 / activationBytesPerRow(config)));
  const forPages = left - rows * activationBytesPerRow(config);
  const pages = Math.floor(forPages / (bytesPerPage(config) * (2 + mostPadding)));
  return { rows: Math.max(0, rows), pages: Math.max(0, pages) };
}

/** Pages that one row of a prompt needs, alone, until its last token. */
export const pagesOfRow = (promptLength: number, maxTokens: number): number =>
  pagesOf(promptLength - 1) + pagesOfContinuation(promptLength, maxTokens);

/** Those of them that it does not share with the other rows of its prompt. */
export const pagesOfContinuation = (promptLength: number, maxTokens: number): number =>
  pagesOf(promptLength + maxTokens - 1) - Math.floor((promptLength - 1) / pageLength);

/** @throws DeviceError `out-of-memory`, with the sizes, if a row of this prompt can never be sampled. */
export function checkFits(config: DecoderConfig, limits: CacheLimits, promptLength: number, maxTokens: number): void {
  const needed = pagesOfRow(promptLength, maxTokens);
  if (limits.rows >= 1 && needed <= limits.pages) return;
  throw new DeviceError(
    "out-of-memory",
    `a prompt of ${promptLength} tokens and ${maxTokens} new ones need ${sizeText(needed * bytesPerPage(config))} of keys and ` +
      `values; the memory given to sampling has room for ${sizeText(limits.pages * bytesPerPage(config))} beside ` +
      `${sizeText(weightBytes(config))} of weights`,
  );
}

function sizeText(bytes: number): string {
  if (bytes < 2 ** 20) return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** Multiply-adds of the weights in one turn of the loop over tokens; below sixteen rows reading the weights is the cost. */
const turnWork = (config: DecoderConfig, rows: number): number => parameterCount(config) * Math.max(rows, 16);

/** Multiply-adds that a run should not exceed: some seconds of two cores, and some tenths where somebody waits. */
const wholeRunWork = 2.5e11;
const blockWork = { batch: 2.5e11, interactive: 2.5e10 } as const;

/** Tokens that somebody reads as they come should come often, also from a small model. */
const mostTurns = { batch: 64, interactive: 8 } as const;

/** Turns of one run: fewer for interactive rows, whose tokens are awaited and between whose runs others get their turn. */
export function blockTurns(config: DecoderConfig, rows: number, priority: keyof typeof blockWork): number {
  return Math.min(mostTurns[priority], Math.max(2, Math.floor(blockWork[priority] / turnWork(config, rows))));
}

/** Tokens of prompts, padding included, that one run reads; enough that its products are worth their weights. */
export const readingTokens = (config: DecoderConfig, priority: keyof typeof blockWork): number =>
  Math.min(8192, Math.max(128, Math.floor(blockWork[priority] / parameterCount(config))));

/** Whether whole generations in one run are short enough, and small enough for `budget` bytes. */
export function fitsOneRun(
  config: DecoderConfig,
  budget: number,
  { prompts, longest, rows, maxTokens }: { prompts: number; longest: number; rows: number; maxTokens: number },
): boolean {
  const work = maxTokens * turnWork(config, rows) + prompts * longest * parameterCount(config);
  const blocks = Math.ceil((maxTokens - 1) / blockLength);
  const run = { prompts, promptLength: longest, rows, newTokens: maxTokens, blocks };
  const bytes = 4 * parameterCount(config) + samplingBytes(config, run, "flat");
  return work <= wholeRunWork && bytes <= budget;
}
