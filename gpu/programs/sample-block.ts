/**
 * Some more tokens for rows whose keys and values lie in pages on the host: what sampling is cut into where whole
 * generations in one run (sample.ts) would take too long or too much memory. Between two runs rows come and go.
 */
import { GraphBuilder } from "../graph/builder.ts";
import { type Dim, symbol } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { add, cast, equal, lessOrEqual, or } from "../graph/ops/elementwise.ts";
import { reshape } from "../graph/ops/movement.ts";
import { reduceMax } from "../graph/ops/reduction.ts";
import { decoder, headWeight } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { modelInputs, type WeightsLayout } from "../models/model-inputs.ts";
import { ownPart, sharedPart } from "../nn/cached-attention.ts";
import { rotaryTables } from "../nn/rotary.ts";
import { newCacheOutputs, pagedCacheInputs } from "./paged-cache.ts";
import { type ChoiceKind, chooseTokens } from "./token-choice.ts";
import { writeTokens } from "./write-tokens.ts";

export interface SampleBlockProgram {
  readonly choice: ChoiceKind;
  readonly pageLength: number;
  /** C, for devices that run no loop; null: as many as uniforms are given. */
  readonly turns: number | null;
}

/**
 * Inputs: the model (models/model-inputs.ts); the paged cache (see pagedCacheInputs); promptTable int64 [Q, P], promptLengths
 * int64 [Q]: the full pages that rows of one prompt share; members int64 [Q, G], slots int64 [A] (see RowGroups): which rows
 * those are; pageTable int64 [A, N], lengths int64 [A]: pages of each row's own; positions int64 [A], tokens in both;
 * lastTokens int64 [A], of each row, not yet in its cache; remaining int64 [A], tokens each row may still write, >= 1; uniforms [A, C], C the most
 * tokens of this run; stopTokens int64 [E]; inverseTemperature, topP, minP [A, 1], topK int64 [A, 1].
 * Outputs: tokens int64 [A, W], -1 after a row's last token; sampledLogprobs, rawLogprobs [A, W]; newKeys.l, newValues.l
 * [A, K, W, headDim] for each layer. W <= C: it ends when all rows have ended,
 * where there is a loop.
 */
export function sampleBlockProgram(
  config: DecoderConfig,
  { choice, pageLength, turns }: SampleBlockProgram,
  layout: WeightsLayout = "flat",
): GraphBuilder {
  const builder = new GraphBuilder("sample-block");
  const [A, E, Q] = ["A", "E", "Q"].map(symbol) as [Dim, Dim, Dim];
  const [C, W]: [Dim, Dim] = turns === null ? [symbol("C"), symbol("W")] : [turns, turns];
  const model = modelInputs(builder, config, layout);
  const gatherPages = pagedCacheInputs(builder, config, pageLength);
  const table = (name: string, rows: Dim, width: string) => builder.input(name, "int64", [rows, symbol(width)]);
  const prompts = gatherPages(table("promptTable", Q, "P"), builder.input("promptLengths", "int64", [Q]));
  const own = gatherPages(table("pageTable", A, "N"), builder.input("lengths", "int64", [A]));
  const groups = { members: table("members", Q, "G"), slots: builder.input("slots", "int64", [A]) };
  const positions = builder.input("positions", "int64", [A]);
  const lastTokens = builder.input("lastTokens", "int64", [A]);
  const remaining = builder.input("remaining", "int64", [A]);
  const uniforms = builder.input("uniforms", "float32", [A, C]);
  const stopTokens = builder.input("stopTokens", "int64", [E]);
  const settings = {
    kind: choice,
    loops: turns === null,
    inverseTemperature: builder.input("inverseTemperature", "float32", [A, 1]),
    topK: builder.input("topK", "int64", [A, 1]),
    topP: builder.input("topP", "float32", [A, 1]),
    minP: builder.input("minP", "float32", [A, 1]),
  };
  const rotary = rotaryTables(builder, config);
  const head = headWeight(config, model.parameters);
  const isStop = (chosen: Value) => {
    const matches = equal(reshape(chosen, [A, 1]), reshape(stopTokens, [1, E]));
    return cast(reduceMax(cast(matches, "int64"), [1]), "bool");
  };
  const written = writeTokens(builder, {
    config,
    turns: turns ?? builder.size(C),
    length: W,
    untilAllEnd: true,
    tokens: lastTokens,
    positions,
    uniforms,
    frozen: own.frozen.map((layer, l) => [
      sharedPart(prompts.frozen[l]!, prompts.bias, groups),
      ownPart(layer, own.bias),
    ]),
    decode: (current, at, attend) => decoder(config, model, rotary, current, at, attend),
    choose: (states, u) => chooseTokens(model.decodeLinear(states, head), u, settings),
    ends: (chosen, turn) => or(isStop(chosen), lessOrEqual(remaining, add(turn, 1))),
  });
  builder.output("tokens", written.tokens);
  builder.output("sampledLogprobs", written.sampledLogprobs);
  builder.output("rawLogprobs", written.rawLogprobs);
  newCacheOutputs(builder, written.recent);
  return builder;
}
