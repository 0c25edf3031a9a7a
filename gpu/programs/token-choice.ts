/**
 * Choosing the next token by inverse CDF from one uniform number per row, supplied by the host: the same uniform gives
 * the same token whatever else is in the batch.
 *
 *   p     = softmax(logits / temperature), sorted where something is cut
 *   kept  = the first topK, of those the shortest prefix with mass >= topP, of those p >= minP max p
 *   token = the first whose cumulative kept mass exceeds u * (kept mass)
 */

import { builderOf } from "../graph/builder.ts";
import { type Dim, multiplyDims, symbol } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { loop } from "../graph/ops/control.ts";
import { add, and, cast, div, less, lessOrEqual, log, min, mul, not, or, where } from "../graph/ops/elementwise.ts";
import { gather, gatherElements, nonZero, scatterRows, topK } from "../graph/ops/indexing.ts";
import { concat, padEnd, reshape, slice } from "../graph/ops/movement.ts";
import { anyOf, argMax, cumsum, logSoftmax, softmax, sum } from "../graph/ops/reduction.ts";

/** greedy: temperature 0. plain: nothing cut, no sort needed. cut: any of topK, topP, minP on. */
export type ChoiceKind = "greedy" | "plain" | "cut";

export interface ChoiceSettings {
  readonly kind: ChoiceKind;
  /** False where the device runs no loop: then what is cut is cut from the whole vocabulary, sorted. */
  readonly loops: boolean;
  /** Scalars, or [A, 1]: one for each row. */
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
  const V = logits.shape[1] as number;
  const raw = logSoftmax(logits);

  if (settings.kind === "greedy") {
    const tokens = argMax(logits);
    const rawLogprobs = pickFrom(raw, tokens);
    return { tokens, sampledLogprobs: mul(rawLogprobs, 0), rawLogprobs };
  }

  const probabilities = softmax(mul(logits, settings.inverseTemperature));
  const size = V > largeVocabulary && (settings.loops || settings.kind === "plain") ? "large" : "small";
  const { tokens, logprobs } = draws[settings.kind][size](probabilities, uniforms, settings);
  return { tokens, sampledLogprobs: logprobs, rawLogprobs: pickFrom(raw, tokens) };
}

interface Drawn {
  /** int64 [A] */
  readonly tokens: Value;
  /** [A] of what was kept */
  readonly logprobs: Value;
}

const columnOf = (x: Value): Value => reshape(x, [x.shape[0]!, 1]);
const pickFrom = (x: Value, at: Value): Value => reshape(gatherElements(x, columnOf(at), 1), [x.shape[0]!]);

/** (kept [A, n], zeros where cut) -> index into n */
function draw(kept: Value, uniforms: Value): Drawn {
  const [A, n] = kept.shape as [Dim, number];
  const cumulative = cumsum(kept, 1);
  const mass = slice(cumulative, 1, n - 1, 1); // [A, 1]
  const below = lessOrEqual(cumulative, mul(columnOf(uniforms), mass));
  const rank = sum(cast(below, "int64"), [1]);
  return { tokens: rank, logprobs: log(div(pickFrom(kept, rank), reshape(mass, [A]))) };
}

function drawSorted(probabilities: Value, uniforms: Value, settings: ChoiceSettings): Drawn {
  const V = probabilities.shape[1] as number;
  const sorted = topK(probabilities, V);
  const { tokens: rank, logprobs } = draw(cutTail(sorted.values, V, settings), uniforms);
  return { tokens: pickFrom(sorted.indices, rank), logprobs };
}

/** From this size on sorting and adding up a whole vocabulary costs as much as the model: 141 ms and 9 ms of 16 x 151,936. */
const largeVocabulary = 8192;
const blockSize = 64;
const likeliest = 1024;

/** As `draw`, in two steps: the block in which the cumulative mass passes the target, then the token within it. */
function drawFromBlocks(probabilities: Value, uniforms: Value): Drawn {
  const [A, V] = probabilities.shape as [Dim, number];
  const blocks = Math.ceil(V / blockSize);
  const whole = V % blockSize === 0 ? probabilities : padEnd(probabilities, 1, blocks * blockSize - V);
  const cumulative = cumsum(sum(reshape(whole, [A, blocks, blockSize]), [2]), 1); // [A, blocks]
  const mass = slice(cumulative, 1, blocks - 1, 1);
  const target = mul(columnOf(uniforms), mass);
  const block = sum(cast(lessOrEqual(cumulative, target), "int64"), [1]); // [A]
  const before = pickFrom(padStart(cumulative), block);
  const builder = builderOf(probabilities);
  const rows = add(mul(builder.iota(A), blocks), block);
  const within = gather(reshape(whole, [multiplyDims(A, blocks), blockSize]), rows); // [A, blockSize]
  const passed = lessOrEqual(add(columnOf(before), cumsum(within, 1)), target);
  const rank = min(sum(cast(passed, "int64"), [1]), blockSize - 1);
  // Sums in another order may disagree in the last bit and pass the block's end: never take what has no mass.
  const chosen = where(less(0, pickFrom(within, rank)), rank, argMax(within));
  return {
    tokens: add(mul(block, blockSize), chosen),
    logprobs: log(div(pickFrom(within, chosen), reshape(mass, [A]))),
  };
}

const padStart = (x: Value): Value => concat([builderOf(x).full(0, "float32", [x.shape[0]!, 1]), x], 1);

/**
 * Sorts only the likeliest tokens. Where they hold everything that the settings keep, that is all; the rows where they do not
 * are drawn from the whole sorted vocabulary, in a loop of at most one turn. So a row's token depends on
 * its own distribution only.
 */
function drawFromLikeliest(probabilities: Value, uniforms: Value, settings: ChoiceSettings): Drawn {
  const [A, V] = probabilities.shape as [Dim, number];
  const { topK: k, topP, minP } = settings;
  const total = sum(probabilities, [1], true); // [A, 1]
  const top = topK(probabilities, likeliest);
  const within = lessOrEqual(k, likeliest);
  const held = sum(top.values, [1], true);
  const reachesNucleus = lessOrEqual(mul(total, topP), held);
  const reachesTiny = less(slice(top.values, 1, likeliest - 1, 1), mul(slice(top.values, 1, 0, 1), minP));
  const decided = or(within, and(lessOrEqual(V, k), or(reachesNucleus, reachesTiny))); // [A, 1]
  const first = sum(mul(top.values, cast(less(ranksOf(top.values), k), "float32")), [1], true);
  const kept = cutTail(top.values, likeliest, settings, where(within, first, total));
  const drawn = draw(kept, uniforms);
  const known = reshape(decided, [A]);
  const tokens = pickFrom(top.indices, drawn.tokens);
  const builder = builderOf(probabilities);
  const [finalTokens, logprobs] = loop(
    "wholeVocabulary",
    builder.int(1),
    anyOf(not(known)),
    [{ initial: tokens }, { initial: drawn.logprobs }],
    (body, _, [tokensSoFar, logprobsSoFar]) => {
      // Within the body's own graph, so that nothing of this is done outside: hence the `and`.
      const rows = nonZero(and(not(known), body.bool(true)), symbol("undecided"));
      const ofRows = (setting: Value) => (setting.shape.length === 0 ? setting : gather(setting, rows));
      const sorted = drawSorted(gather(probabilities, rows), gather(uniforms, rows), {
        ...{ kind: settings.kind, loops: settings.loops, inverseTemperature: settings.inverseTemperature },
        ...{ topK: ofRows(k), topP: ofRows(topP), minP: ofRows(minP) },
      });
      return {
        goOn: body.bool(false),
        carried: [
          scatterRows(tokensSoFar!, columnOf(rows), sorted.tokens),
          scatterRows(logprobsSoFar!, columnOf(rows), sorted.logprobs),
        ],
      };
    },
  );
  return { tokens: finalTokens!, logprobs: logprobs! };
}

const ranksOf = (x: Value): Value => reshape(builderOf(x).iota(x.shape[1]!), [1, x.shape[1]!]);

/** Zeros where a descending distribution [A, n] is cut off; `firstMass` [A, 1] is the mass of the first topK. */
function cutTail(
  descending: Value,
  n: number,
  { topK: k, topP, minP }: ChoiceSettings,
  firstMass: Value | null = null,
): Value {
  const ranks = reshape(builderOf(descending).iota(n), [1, n]);
  const first = mul(descending, cast(less(ranks, k), "float32"));
  const massBefore = cumsum(first, 1, true);
  const inNucleus = less(massBefore, mul(firstMass ?? sum(first, [1], true), topP));
  const notTiny = lessOrEqual(mul(slice(descending, 1, 0, 1), minP), descending);
  return mul(first, cast(and(inNucleus, notTiny), "float32"));
}

const draws = {
  plain: { small: draw, large: drawFromBlocks },
  cut: { small: drawSorted, large: drawFromLikeliest },
} as const;
