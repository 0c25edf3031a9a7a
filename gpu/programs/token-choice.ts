/**
 * Choosing the next token by inverse CDF from one uniform number per row, supplied by the host: the same uniform gives
 * the same token whatever else is in the batch.
 *
 *   p     = softmax(logits / temperature), sorted where something is cut
 *   kept  = the first topK, of those the shortest prefix with mass >= topP, of those p >= minP max p
 *   token = the first whose cumulative kept mass exceeds u * (kept mass)
 */

import { builderOf } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { and, cast, div, less, lessOrEqual, log, mul } from "../graph/ops/elementwise.ts";
import { gatherElements, topK } from "../graph/ops/indexing.ts";
import { reshape, slice } from "../graph/ops/movement.ts";
import { argMax, cumsum, logSoftmax, softmax, sum } from "../graph/ops/reduction.ts";

/** greedy: temperature 0. plain: nothing cut, no sort needed. cut: any of topK, topP, minP on. */
export type ChoiceKind = "greedy" | "plain" | "cut";

export interface ChoiceSettings {
  readonly kind: ChoiceKind;
  /** Scalars. */
  readonly inverseTemperature: Value;
  /** int64; V switches it off. */
  readonly topK: Value;
  readonly topP: Value;
  readonly minP: Value;
}

export interface Choice {
  /** int64 [A] */
  readonly tokens: Value;
  /** [A] log-probability under the kept, renormalised distribution; 0 for greedy. */
  readonly sampledLogprobs: Value;
  /** [A] log-probability under softmax(logits) */
  readonly rawLogprobs: Value;
}

/** (logits [A, V], uniforms [A] in [0, 1)) */
export function chooseTokens(logits: Value, uniforms: Value, settings: ChoiceSettings): Choice {
  const [A, V] = logits.shape as [Value["shape"][number], number];
  const column = (x: Value) => reshape(x, [A, 1]);
  const row = (x: Value) => reshape(x, [A]);
  const pick = (x: Value, at: Value) => row(gatherElements(x, column(at), 1));
  const raw = logSoftmax(logits);

  if (settings.kind === "greedy") {
    const tokens = argMax(logits);
    const rawLogprobs = pick(raw, tokens);
    return { tokens, sampledLogprobs: mul(rawLogprobs, 0), rawLogprobs };
  }

  const probabilities = softmax(mul(logits, settings.inverseTemperature));
  const sorted = settings.kind === "cut" ? topK(probabilities, V) : null;
  const kept = sorted ? cutTail(sorted.values, V, settings) : probabilities;
  const cumulative = cumsum(kept, 1);
  const mass = slice(cumulative, 1, V - 1, 1); // [A, 1]
  const below = lessOrEqual(cumulative, mul(column(uniforms), mass));
  const rank = sum(cast(below, "int64"), [1]);
  const tokens = sorted ? pick(sorted.indices, rank) : rank;
  const sampledLogprobs = log(div(pick(kept, rank), row(mass)));
  return { tokens, sampledLogprobs, rawLogprobs: pick(raw, tokens) };
}

/** Zeros where a descending distribution [A, V] is cut off. */
function cutTail(descending: Value, V: number, { topK: k, topP, minP }: ChoiceSettings): Value {
  const ranks = reshape(builderOf(descending).iota(V), [1, V]);
  const first = mul(descending, cast(less(ranks, k), "float32"));
  const massBefore = cumsum(first, 1, true);
  const inNucleus = less(massBefore, mul(sum(first, [1], true), topP));
  const notTiny = lessOrEqual(mul(slice(descending, 1, 0, 1), minP), descending);
  return mul(first, cast(and(inNucleus, notTiny), "float32"));
}
