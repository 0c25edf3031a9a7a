/** What all samplers are made of: one token after the other for every row, over frozen keys and values. */
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
  headsFirst,
  type KeysAndValues,
  ownPart,
} from "../nn/cached-attention.ts";
import type { Choice } from "./token-choice.ts";

export interface TokenWriter {
  readonly config: DecoderConfig;
  /** Tokens of each row, C: an int64 scalar, or a number where the device runs no loop, so that each is written out. */
  readonly turns: Value | number;
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
  /** (chosen int64 [A], turn) -> bool [A]: is it the last token of its row? null, only where turns are written out: whoever reads knows. */
  readonly ends: ((chosen: Value, turn: Value) => Value) | null;
}

export interface WrittenTokens {
  /** int64 [A] */
  readonly last: Value;
  /** bool [A]; null where `ends` is */
  readonly finished: Value | null;
  /** int64 [A, W], -1 after a row's last token */
  readonly tokens: Value;
  /** [A, W] */
  readonly sampledLogprobs: Value;
  readonly rawLogprobs: Value;
  /** Per layer [A, K, W, headDim]: of the token each row ended in, and of all new ones but the last. */
  readonly recent: readonly KeysAndValues[];
}

/** What a turn leaves to the next; null before the first. */
interface Written {
  readonly token: Value;
  readonly finished: Value | null;
  readonly tokens: Value | null;
  readonly sampled: Value | null;
  readonly raw: Value | null;
  readonly recent: readonly (KeysAndValues | null)[];
}

export function writeTokens(builder: GraphBuilder, inputs: TokenWriter): WrittenTokens {
  return typeof inputs.turns === "number"
    ? writtenOut(builder, inputs, inputs.turns)
    : inLoop(builder, inputs, inputs.turns);
}

function writtenOut(builder: GraphBuilder, inputs: TokenWriter, turns: number): WrittenTokens {
  const nothing = { finished: null, tokens: null, sampled: null, raw: null, recent: inputs.frozen.map(() => null) };
  let written: Written = { token: inputs.tokens, ...nothing };
  for (let turn = 0; turn < turns; turn++) written = writeOne(inputs, builder.int(turn), written);
  return resultOf(written);
}

function inLoop(builder: GraphBuilder, inputs: TokenWriter, turns: Value): WrittenTokens {
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
  const written = ([token, finished, tokens, sampled, raw, ...caches]: readonly Value[]): Written => ({
    ...{ token: token!, finished: finished!, tokens: tokens!, sampled: sampled!, raw: raw!, recent: pairUp(caches) },
  });
  const results = loop(
    "tokens",
    turns,
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
      const next = resultOf(writeOne(inputs, turn, written(carried as Value[])));
      return {
        goOn: untilAllEnd ? anyOf(not(next.finished!)) : inner.bool(true),
        carried: [
          ...[next.last, next.finished!, next.tokens, next.sampledLogprobs, next.rawLogprobs],
          ...next.recent.flatMap(({ keys, values }) => [keys, values]),
        ],
      };
    },
  );
  return resultOf(written(results as Value[]));
}

function writeOne(inputs: TokenWriter, turn: Value, before: Written): Written {
  const { config, frozen } = inputs;
  const A = inputs.tokens.shape[0]!;
  const recent = [...before.recent];
  // Rows that have ended are carried along, possibly past the last position there is.
  const positions = reshape(min(add(inputs.positions, turn), config.contextLength - 1), [A, 1]);
  const states = inputs.decode(reshape(before.token, [A, 1]), positions, (layer, q, k, v) => {
    const known = recent[layer];
    const grown: KeysAndValues = known
      ? { keys: appendPosition(known.keys, k, config), values: appendPosition(known.values, v, config) }
      : { keys: headsFirst(k, config), values: headsFirst(v, config) };
    recent[layer] = grown;
    return cachedAttention(q, [...frozen[layer]!, ownPart(grown)], config);
  });
  const uniforms = reshape(gather(inputs.uniforms, reshape(turn, [1]), 1), [A]);
  const chosen = inputs.choose(states, uniforms);
  const append = (known: Value | null, x: Value) => {
    const column = reshape(x, [A, 1]);
    return known ? concat([known, column], 1) : column;
  };
  const ends = inputs.ends?.(chosen.tokens, turn) ?? null;
  return {
    token: chosen.tokens,
    finished: before.finished && ends ? or(before.finished, ends) : ends,
    tokens: append(before.tokens, before.finished ? where(before.finished, -1, chosen.tokens) : chosen.tokens),
    sampled: append(before.sampled, chosen.sampledLogprobs),
    raw: append(before.raw, chosen.rawLogprobs),
    recent,
  };
}

const resultOf = ({ token, finished, tokens, sampled, raw, recent }: Written): WrittenTokens => ({
  ...{ last: token, finished, tokens: tokens!, sampledLogprobs: sampled!, rawLogprobs: raw! },
  recent: recent.map((layer) => layer!),
});

/** [k0, v0, k1, v1, ...] -> one pair per layer */
export const pairUp = (values: readonly Value[]): KeysAndValues[] =>
  values.flatMap((keys, i) => (i % 2 === 0 ? [{ keys, values: values[i + 1]! }] : []));
