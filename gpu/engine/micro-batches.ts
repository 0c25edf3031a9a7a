/** Cuts a batch of sequences into micro-batches of similar length, so that little of them is padding. */

import type { RunShape } from "./estimate-memory.ts";

/** What a program reads for one micro-batch, right-padded; `order` says which sequences it holds. */
export interface MicroBatch {
  /** Indices into the batch. */
  readonly order: readonly number[];
  readonly tokens: BigInt64Array;
  /** [B, T] */
  readonly shape: readonly [number, number];
  /** Positions in [B * T] whose next token is scored, sequence by sequence. */
  readonly rows: BigInt64Array;
  /** [B * T] index into `rows`, M where a position is not in it. */
  readonly inverse: BigInt64Array;
  /** [M] */
  readonly targets: BigInt64Array;
}

export interface Sequence {
  readonly tokens: Int32Array;
  /** First token that is scored; >= 1. */
  readonly from: number;
}

export interface MicroBatchLimits {
  /** Most tokens of one micro-batch, padding included. A single longer sequence is its own. */
  readonly maxTokens: number;
  /** Most of a micro-batch that may be padding, as a share. */
  readonly maxPadding: number;
  /** Whether a micro-batch of that shape has room. A single sequence that does not is its own. */
  readonly fits: (shape: RunShape) => boolean;
}

/** Longest first, cut where a limit is met. @param which all sequences if not given */
export function microBatches(
  sequences: readonly Sequence[],
  limits: MicroBatchLimits,
  which: readonly number[] = [...sequences.keys()],
): MicroBatch[] {
  const byLength = [...which].sort((a, b) => sequences[b]!.tokens.length - sequences[a]!.tokens.length || a - b);
  const batches: MicroBatch[] = [];
  let group: number[] = [];
  let held = 0;
  let scored = 0;
  const flush = () => {
    if (group.length > 0) batches.push(pack(sequences, group));
    group = [];
    held = 0;
    scored = 0;
  };
  for (const i of byLength) {
    const length = sequences[i]!.tokens.length;
    const width = group.length > 0 ? sequences[group[0]!]!.tokens.length : length;
    const own = length - sequences[i]!.from;
    const area = (group.length + 1) * width;
    const tooMuch =
      area > limits.maxTokens ||
      1 - (held + length) / area > limits.maxPadding ||
      !limits.fits({ batch: group.length + 1, length: width, scored: scored + own });
    if (group.length > 0 && tooMuch) flush();
    group.push(i);
    held += length;
    scored += own;
  }
  flush();
  return batches;
}

function pack(sequences: readonly Sequence[], order: readonly number[]): MicroBatch {
  const B = order.length;
  const T = Math.max(...order.map((i) => sequences[i]!.tokens.length));
  const M = order.reduce((total, i) => total + sequences[i]!.tokens.length - sequences[i]!.from, 0);
  const tokens = new BigInt64Array(B * T);
  const rows = new BigInt64Array(M);
  const targets = new BigInt64Array(M);
  const inverse = new BigInt64Array(B * T).fill(BigInt(M));
  let m = 0;
  for (const [b, i] of order.entries()) {
    const sequence = sequences[i]!;
    for (let t = 0; t < sequence.tokens.length; t++) tokens[b * T + t] = BigInt(sequence.tokens[t]!);
    for (let t = sequence.from; t < sequence.tokens.length; t++, m++) {
      const position = b * T + t - 1;
      rows[m] = BigInt(position);
      targets[m] = BigInt(sequence.tokens[t]!);
      inverse[position] = BigInt(m);
    }
  }
  return { order, tokens, shape: [B, T], rows, inverse, targets };
}

/** What is wrong with a sequence, in words; null if nothing is. */
export function sequenceProblem({ tokens, from }: Sequence, contextLength: number, vocabulary: number): string | null {
  if (tokens.length > contextLength)
    return `a sequence of ${tokens.length} tokens exceeds the context of ${contextLength}`;
  if (!Number.isInteger(from) || from < 1 || from >= tokens.length)
    return `scoring from token ${from} of a sequence of ${tokens.length} leaves nothing to score`;
  const stranger = tokens.find((token) => token < 0 || token >= vocabulary);
  return stranger === undefined ? null : `token id ${stranger} is outside the vocabulary of ${vocabulary}`;
}
