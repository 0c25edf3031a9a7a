/** The loop that both samplers are made of: one token after the other for every row, over frozen keys and values. */
import type { GraphBuilder } from "../graph/builder.ts";
import { type Dim, symbol } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { loop } from "../graph/ops/control.ts";
import { add, min, not, or, where } from "../graph/ops/elementwise.ts";
import { gather } from "../graph/ops/indexing.ts";
import { concat, reshape } from "../graph/ops/movement.ts";
import { anyOf } from "../graph/ops/reduction.ts";
import type { Attend } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import {
  type AttendedPart,
  appendPosition,
  cachedAttention,
  type KeysAndValues,
  ownPart,
} from "../nn/cached-attention.ts";
import type { Choice } from "./token-choice.ts";

export interface TokenWriter {
  readonly config: DecoderConfig;
  /** int64 scalar: tokens of each row, C. */
  readonly turns: Value;
  /** W, the size of what is written: C, or a new symbol with `untilAllEnd`. */
  readonly length: Dim;
  /** Stop as soon as every row has ended. */
  readonly untilAllEnd?: boolean;
  /** int64 [A], the token each row ends in, not yet in its cache */
  readonly tokens: Value;
  /** int64 [A], its position */
  readonly positions: Value;
  /** [A, C] */
  readonly uniforms: Value;
  /** Per layer, what the rows look at beside what is written here. */
  readonly frozen: readonly (readonly AttendedPart[])[];
  readonly decode: (tokens: Value, positions: Value, attend: Attend) => Value;
  readonly choose: (states: Value, uniforms: Value) => Choice;
  /** (chosen int64 [A], turn) -> bool [A]: is it the last token of its row? */
  readonly ends: (chosen: Value, turn: Value) => Value;
}

export interface WrittenTokens {
  /** int64 [A] */
  readonly last: Value;
  /** bool [A] */
  readonly finished: Value;
  /** int64 [A, W], -1 after a row's last token */
  readonly tokens: Value;
  /** [A, W] */
  readonly sampledLogprobs: Value;
  readonly rawLogprobs: Value;
  /** Per layer [A, K, W, headDim]: of the token each row ended in, and of all new ones but the last. */
  readonly recent: readonly KeysAndValues[];
}

export function writeTokens(builder: GraphBuilder, inputs: TokenWriter): WrittenTokens {
  const { config, frozen, length: W, untilAllEnd = false } = inputs;
  const A = inputs.tokens.shape[0]!;
  const r = symbol("r");
  const w = symbol("w");
  const cache = {
    initial: builder.full(0, "float32", [A, config.keyValueHeads, 0, config.headDim]),
    shape: [A, config.keyValueHeads, r, config.headDim],
    finalShape: [A, config.keyValueHeads, W, config.headDim],
  };
  const column = (dtype: "int64" | "float32") => ({
    initial: builder.full(0, dtype, [A, 0]),
    shape: [A, w],
    finalShape: [A, W],
  });
  const results = loop(
    "tokens",
    inputs.turns,
    builder.bool(true),
    [
      { initial: inputs.tokens },
      { initial: builder.full(0, "bool", [A]) },
      column("int64"),
      column("float32"),
      column("float32"),
      ...frozen.flatMap(() => [cache, cache]),
    ],
    (inner, turn, carried) => {
      const [token, finished, tokens, sampled, raw, ...caches] = carried as Value[];
      const recent = [...pairUp(caches)];
      // Rows that have ended are carried along, possibly past the last position there is.
      const positions = reshape(min(add(inputs.positions, turn), config.contextLength - 1), [A, 1]);
      const states = inputs.decode(reshape(token!, [A, 1]), positions, (layer, q, k, v) => {
        const before = recent[layer]!;
        recent[layer] = {
          keys: appendPosition(before.keys, k, config),
          values: appendPosition(before.values, v, config),
        };
        return cachedAttention(q, [...frozen[layer]!, ownPart(recent[layer])], config);
      });
      const uniforms = reshape(gather(inputs.uniforms, reshape(turn, [1]), 1), [A]);
      const chosen = inputs.choose(states, uniforms);
      const append = (before: Value, x: Value) => concat([before, reshape(x, [A, 1])], 1);
      const nowFinished = or(finished!, inputs.ends(chosen.tokens, turn));
      return {
        goOn: untilAllEnd ? anyOf(not(nowFinished)) : inner.bool(true),
        carried: [
          chosen.tokens,
          nowFinished,
          append(tokens!, where(finished!, -1, chosen.tokens)),
          append(sampled!, chosen.sampledLogprobs),
          append(raw!, chosen.rawLogprobs),
          ...recent.flatMap(({ keys, values }) => [keys, values]),
        ],
      };
    },
  );
  const [last, finished, tokens, sampledLogprobs, rawLogprobs, ...caches] = results as Value[];
  return {
    last: last!,
    finished: finished!,
    tokens: tokens!,
    sampledLogprobs: sampledLogprobs!,
    rawLogprobs: rawLogprobs!,
    recent: pairUp(caches),
  };
}

/** [k0, v0, k1, v1, ...] -> one pair per layer */
export const pairUp = (values: readonly Value[]): KeysAndValues[] =>
  values.flatMap((keys, i) => (i % 2 === 0 ? [{ keys, values: values[i + 1]! }] : []));
