/**
 * Whole generations in one graph run: prompts once, then blocks of `blockLength` tokens; after each block the finished
 * rows are dropped and the block's keys and values join the frozen cache.
 *
 *   prefill prompts [Q] -> first token of each row [R]
 *   loop over blocks, rows still writing [A]:
 *     loop over blockLength tokens: decode one position -> choose the next token
 *     keep rows without a stop token; frozen cache <- frozen + recent of the kept rows
 */
import { GraphBuilder } from "../graph/builder.ts";
import { type Dim, multiplyDims, symbol } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { loop } from "../graph/ops/control.ts";
import { add, cast, equal, less, mul, not, sub, where } from "../graph/ops/elementwise.ts";
import { gather, nonZero, scatterRows } from "../graph/ops/indexing.ts";
import { concat, reshape } from "../graph/ops/movement.ts";
import { anyOf, reduceMax } from "../graph/ops/reduction.ts";
import { decoder, headWeight } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { modelInputs, type WeightsLayout } from "../models/model-inputs.ts";
import { headsFirst, type KeysAndValues, ownPart } from "../nn/cached-attention.ts";
import { causalAttention, causalBias } from "../nn/causal-attention.ts";
import { linear } from "../nn/linear.ts";
import { rotaryTables, rowPositions } from "../nn/rotary.ts";
import { type ChoiceKind, type ChoiceSettings, chooseTokens } from "./token-choice.ts";
import { pairUp, writeTokens } from "./write-tokens.ts";

export interface SampleProgram {
  readonly choice: ChoiceKind;
  /** Tokens between two compactions of the cache. */
  readonly blockLength: number;
}

/**
 * Inputs: the model (models/model-inputs.ts); promptTokens int64 [Q, T] right-padded, promptLengths int64 [Q]; rowPrompt int64 [R] (which prompt
 * a row continues); firstUniforms [R], uniforms [R N, C] with C = blockLength, blocks int64 [N]; stopTokens int64 [E];
 * inverseTemperature, topP, minP scalars, topK int64 scalar.
 * Outputs: firstTokens int64 [R], firstSampledLogprobs, firstRawLogprobs [R]; tokens int64 [R N, C], sampledLogprobs,
 * rawLogprobs [R N, C] (row r, block n at r N + n). Tokens after a stop token are -1.
 */
export function sampleProgram(
  config: DecoderConfig,
  { choice, blockLength }: SampleProgram,
  layout: WeightsLayout = "flat",
): GraphBuilder {
  const builder = new GraphBuilder("sample");
  const [Q, T, R, N, E] = ["Q", "T", "R", "N", "E"].map(symbol) as [Dim, Dim, Dim, Dim, Dim];
  const model = modelInputs(builder, config, layout);
  const promptTokens = builder.input("promptTokens", "int64", [Q, T]);
  const promptLengths = builder.input("promptLengths", "int64", [Q]);
  const rowPrompt = builder.input("rowPrompt", "int64", [R]);
  builder.input("blocks", "int64", [N]); // only its length matters: how many blocks may be written
  const firstUniforms = builder.input("firstUniforms", "float32", [R]);
  const uniforms = builder.input("uniforms", "float32", [multiplyDims(R, N), blockLength]);
  const stopTokens = builder.input("stopTokens", "int64", [E]);
  const settings: ChoiceSettings = {
    kind: choice,
    loops: true,
    inverseTemperature: builder.input("inverseTemperature", "float32", []),
    topK: builder.input("topK", "int64", []),
    topP: builder.input("topP", "float32", []),
    minP: builder.input("minP", "float32", []),
  };

  const rotary = rotaryTables(builder, config);
  const head = headWeight(config, model.parameters);
  const isStop = (tokens: Value) => {
    const matches = equal(reshape(tokens, [tokens.shape[0]!, 1]), reshape(stopTokens, [1, E]));
    return less(0, reduceMax(cast(matches, "int64"), [1]));
  };

  // -- prompts, once each
  const promptCaches: KeysAndValues[] = [];
  const bias = causalBias(promptTokens, T);
  const hidden = decoder(config, model, rotary, promptTokens, rowPositions(builder, Q, T), (_, q, k, v) => {
    promptCaches.push({ keys: headsFirst(k, config), values: headsFirst(v, config) });
    return causalAttention(q, k, v, bias, config);
  });
  const lastRows = add(mul(builder.iota(Q), builder.size(T)), sub(promptLengths, 1));
  const promptLogits = linear(gather(hidden, lastRows), head); // [Q, V]
  const first = chooseTokens(gather(promptLogits, rowPrompt), firstUniforms, settings);
  builder.output("firstTokens", first.tokens);
  builder.output("firstSampledLogprobs", first.sampledLogprobs);
  builder.output("firstRawLogprobs", first.rawLogprobs);

  // -- rows that go on
  const A = symbol("A");
  const F = symbol("F");
  const writing = not(isStop(first.tokens));
  const start = nonZero(writing, symbol("A0"));
  const rowOf = gather(rowPrompt, start);
  const lengthOf = gather(promptLengths, rowOf); // [A0]
  const inPrompt = less(reshape(builder.iota(T), [1, T]), reshape(promptLengths, [Q, 1])); // [Q, T]
  const keyBias = gather(where(inPrompt, 0, -1e9), rowOf); // [A0, T]
  const blank = (value: number, dtype: "int64" | "float32") =>
    builder.full(value, dtype, [multiplyDims(R, N), blockLength]);
  const cacheShape: readonly Dim[] = [A, config.keyValueHeads, F, config.headDim];
  const ended = { A: symbol("A_end"), F: symbol("F_end") };
  const endShape = [ended.A, config.keyValueHeads, ended.F, config.headDim];

  const results = loop(
    "blocks",
    builder.size(N),
    anyOf(writing),
    [
      { initial: start, shape: [A], finalShape: [ended.A] },
      { initial: gather(first.tokens, start), shape: [A], finalShape: [ended.A] },
      { initial: lengthOf, shape: [A], finalShape: [ended.A] },
      { initial: keyBias, shape: [A, F], finalShape: [ended.A, ended.F] },
      { initial: blank(-1, "int64") },
      { initial: blank(0, "float32") },
      { initial: blank(0, "float32") },
      ...promptCaches.flatMap(({ keys, values }) => [
        { initial: gather(keys, rowOf), shape: cacheShape, finalShape: endShape },
        { initial: gather(values, rowOf), shape: cacheShape, finalShape: endShape },
      ]),
    ],
    (body, block, carried) => {
      const [rows, tokens, positions, frozenBias, outTokens, outSampled, outRaw, ...caches] = carried as Value[];
      const frozen = pairUp(caches);
      const slots = reshape(add(mul(rows!, builder.size(N)), block), [A, 1]); // where this block is written
      const written = writeTokens(body, {
        config,
        turns: body.int(blockLength),
        length: blockLength,
        tokens: tokens!,
        positions: positions!,
        uniforms: reshape(gather(uniforms, reshape(slots, [A])), [A, blockLength]),
        frozen: frozen.map((layer) => [ownPart(layer, reshape(frozenBias!, [A, 1, 1, F]))]),
        decode: (current, at, attend) => decoder(config, model, rotary, current, at, attend),
        choose: (states, u) => chooseTokens(model.decodeLinear(states, head), u, settings),
        ends: isStop,
      });
      const going = not(written.finished!);
      const kept = nonZero(going, symbol("A_next"));
      const noPadding = body.full(0, "float32", [A, blockLength]);
      const merged = frozen.flatMap(({ keys, values }, layer) => [
        gather(concat([keys, written.recent[layer]!.keys], 2), kept),
        gather(concat([values, written.recent[layer]!.values], 2), kept),
      ]);
      return {
        goOn: anyOf(going),
        carried: [
          gather(rows!, kept),
          gather(written.last, kept),
          gather(add(positions!, blockLength), kept),
          gather(concat([frozenBias!, noPadding], 1), kept),
          scatterRows(outTokens!, slots, written.tokens),
          scatterRows(outSampled!, slots, written.sampledLogprobs),
          scatterRows(outRaw!, slots, written.rawLogprobs),
          ...merged,
        ],
      };
    },
  );
  builder.output("tokens", results[4]!);
  builder.output("sampledLogprobs", results[5]!);
  builder.output("rawLogprobs", results[6]!);
  return builder;
}
