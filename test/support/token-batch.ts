/** Sequences as the inputs that training and scoring programs read. */
import { type HostTensor, int64 } from "../../gpu/runtime/tensor.ts";

export interface TokenBatchOptions {
  /** Columns of the padded batch; the longest sequence if not given. */
  readonly width?: number;
  readonly padding?: number;
  /** Order of the scored rows, a permutation of 0 .. M - 1; as they come if not given. */
  readonly order?: readonly number[];
}

export interface TokenBatch {
  /** tokens [B, T], rows [M], inverse [B * T], targets [M] */
  readonly inputs: Readonly<Record<"tokens" | "rows" | "inverse" | "targets", HostTensor>>;
  /** Sequence that each scored row belongs to, [M]. */
  readonly sequenceOf: readonly number[];
  /** Scored rows of each sequence, [B]. */
  readonly completionLengths: readonly number[];
}

/** Scores every token of sequence s from index firstTarget[s] on. */
export function tokenBatch(
  sequences: readonly (readonly number[])[],
  firstTarget: readonly number[],
  { width, padding = 0, order }: TokenBatchOptions = {},
): TokenBatch {
  const length = width ?? Math.max(...sequences.map((s) => s.length));
  const tokens = sequences.flatMap((s) => [...s, ...Array<number>(length - s.length).fill(padding)]);
  const scored = sequences.flatMap((s, sequence) =>
    s.flatMap((target, t) =>
      t < firstTarget[sequence]! ? [] : [{ sequence, row: sequence * length + t - 1, target }],
    ),
  );
  const entries = order ? order.map((at) => scored[at]!) : scored;
  const inverse = Array<number>(sequences.length * length).fill(entries.length);
  for (const [at, { row }] of entries.entries()) inverse[row] = at;
  const vector = (values: readonly number[]) => int64(BigInt64Array.from(values, BigInt), [values.length]);
  return {
    inputs: {
      tokens: int64(BigInt64Array.from(tokens, BigInt), [sequences.length, length]),
      rows: vector(entries.map((e) => e.row)),
      inverse: vector(inverse),
      targets: vector(entries.map((e) => e.target)),
    },
    sequenceOf: entries.map((e) => e.sequence),
    completionLengths: sequences.map((s, i) => s.length - firstTarget[i]!),
  };
}
