/**
 * What losses and scores read of the logits: log-probability of each target and entropy, per row. Of a large vocabulary
 * the logits [M, V] never exist as a whole: they are made, read and dropped for a chunk of rows at a time.
 *
 * With p = softmax(c h W') and y = log p[target], a row's derivative is known up to the row's own scale, so the forward
 * loop leaves it behind and the backward pass of the hidden states needs no logits:
 *   u = c (W[target] - p W) = -c (p - onehot) W      dh = dy u
 * Where W itself is trained, a second loop makes the chunk's probabilities again:
 *   dW = sum over rows of -c (p - onehot)' (dy h)
 */
import { builderOf } from "../graph/builder.ts";
import type { Dim } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { overChunks, withGradient } from "../graph/ops/control.ts";
import { add, mul, sub } from "../graph/ops/elementwise.ts";
import { gather, gatherElements, scatterElements } from "../graph/ops/indexing.ts";
import { linearLogprob, matmul } from "../graph/ops/linalg.ts";
import { reshape } from "../graph/ops/movement.ts";
import { entropies } from "./entropies.ts";

/** Up to here the logits of a micro-batch are made at once. */
const largestWholeVocabulary = 32_768;

/** Logits of one chunk: 64 MiB of float32. */
const logitsPerChunk = 2 ** 24;

/** Rows of logits that exist at a time, null for all of them. */
export const logitRowsFor = (V: number): number | null =>
  V <= largestWholeVocabulary ? null : Math.min(Math.max(Math.floor(logitsPerChunk / V), 16), 1024);

/**
 * @param hidden [M, D]
 * @param weight [V, D]
 * @param targets int64 [M]
 * @param logitRows rows of logits that exist at a time; null: all
 * @returns both [M]; the entropies carry no gradient
 */
export function targetLogprobs(
  hidden: Value,
  weight: Value,
  targets: Value,
  inverseTemperature: number,
  logitRows: number | null,
): { readonly logprobs: Value; readonly entropies: Value } {
  if (logitRows !== null) return inChunks(hidden, weight, targets, inverseTemperature, logitRows);
  const { logprobs, probabilities, logits } = linearLogprob(hidden, weight, targets, inverseTemperature);
  return { logprobs, entropies: entropies(logits, probabilities) };
}

function inChunks(hidden: Value, weight: Value, targets: Value, c: number, logitRows: number) {
  const builder = builderOf(hidden, weight, targets);
  const [M, D] = hidden.shape as [Dim, Dim];
  const column = (x: Value) => reshape(x, [x.shape[0]!, 1]);
  const atRows = (rows: Value) => {
    const at = gather(targets, rows);
    return { at, ...linearLogprob(gather(hidden, rows), weight, at, c) };
  };
  /** p - onehot [c, V] */
  const direction = (probabilities: Value, at: Value) =>
    scatterElements(probabilities, column(at), sub(gatherElements(probabilities, column(at), 1), 1));

  const float = (...row: Dim[]) => ({ dtype: "float32", shape: row }) as const;
  const {
    rows: [logprobs, entropy, u],
  } = overChunks("logits", builder, M, logitRows, { rowTypes: [float(), float(), float(D)], sums: [] }, (rows) => {
    const { at, logprobs, probabilities, logits } = atRows(rows);
    const u = matmul(direction(probabilities, at), weight, { alpha: -c });
    return { rows: [logprobs, entropies(logits, probabilities), u], sums: [] };
  });

  const weightGradient = (dy: Value) => {
    const scaled = mul(hidden, column(mul(dy, -c))); // [M, D]
    const zero = builder.full(0, "float32", weight.shape);
    const { sums } = overChunks(
      "logits_again",
      builder,
      M,
      logitRows,
      { rowTypes: [], sums: [zero] },
      (rows, [sum]) => {
        const { at, probabilities } = atRows(rows);
        const more = matmul(direction(probabilities, at), gather(scaled, rows), { transposeA: true });
        return { rows: [], sums: [add(sum!, more)] };
      },
    );
    return sums[0]!;
  };
  return {
    logprobs: withGradient(logprobs!, [hidden, weight], (dy, needs) => [
      needs(0) ? mul(u!, column(dy)) : null,
      needs(1) ? weightGradient(dy) : null,
    ]),
    entropies: entropy!,
  };
}
