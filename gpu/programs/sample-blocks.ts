/**
 * A generation cut into runs, for devices that keep the cache between runs but run no loop (see runtime/devices.ts):
 *
 *   prefill: prompts [Q] -> first token of each row [R], keys and values of the prompts
 *   block:   rows still writing [A] -> `blockLength` more tokens each; the cache grows by them
 *
 * The host decides between blocks which rows go on, so the graphs know no stop tokens. Layer i's cache is called keys.i and
 * values.i going in, keys.i.next and values.i.next coming out.
 */
import { GraphBuilder } from "../graph/builder.ts";
import { addDims, type Dim, symbol } from "../graph/dim.ts";
import { add, mul, sub } from "../graph/ops/elementwise.ts";
import { gather } from "../graph/ops/indexing.ts";
import { concat, reshape } from "../graph/ops/movement.ts";
import { decoder, headWeight } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { modelInputs, type WeightsLayout } from "../models/model-inputs.ts";
import { headsFirst, type KeysAndValues, ownPart } from "../nn/cached-attention.ts";
import { causalAttention, causalBias } from "../nn/causal-attention.ts";
import { linear } from "../nn/linear.ts";
import { rotaryTables, rowPositions } from "../nn/rotary.ts";
import type { SampleProgram } from "./sample.ts";
import { type ChoiceSettings, chooseTokens } from "./token-choice.ts";
import { writeTokens } from "./write-tokens.ts";

/** Names of the cache's tensors, in the order layer 0's keys, its values, layer 1's keys, ... */
export const cacheNames = (config: DecoderConfig): string[] =>
  Array.from({ length: config.layers }, (_, layer) => [`keys.${layer}`, `values.${layer}`]).flat();

const settingsInputs = (builder: GraphBuilder, { choice }: SampleProgram): ChoiceSettings => ({
  kind: choice,
  loops: false,
  inverseTemperature: builder.input("inverseTemperature", "float32", []),
  topK: builder.input("topK", "int64", []),
  topP: builder.input("topP", "float32", []),
  minP: builder.input("minP", "float32", []),
});

/**
 * Inputs: the model (models/model-inputs.ts); promptTokens int64 [Q, T] right-padded, promptLengths int64 [Q]; rowPrompt int64 [R]; firstUniforms
 * [R]; inverseTemperature, topP, minP, topK scalars.
 * Outputs: firstTokens int64 [R], firstSampledLogprobs, firstRawLogprobs [R]; keys.i.next, values.i.next [Q, K, T, headDim].
 */
export function prefillProgram(
  config: DecoderConfig,
  program: SampleProgram,
  layout: WeightsLayout = "flat",
): GraphBuilder {
  const builder = new GraphBuilder("prefill");
  const [Q, T, R] = ["Q", "T", "R"].map(symbol) as [Dim, Dim, Dim];
  const model = modelInputs(builder, config, layout);
  const promptTokens = builder.input("promptTokens", "int64", [Q, T]);
  const promptLengths = builder.input("promptLengths", "int64", [Q]);
  const rowPrompt = builder.input("rowPrompt", "int64", [R]);
  const firstUniforms = builder.input("firstUniforms", "float32", [R]);
  const settings = settingsInputs(builder, program);

  const rotary = rotaryTables(builder, config);
  const bias = causalBias(promptTokens, T);
  const hidden = decoder(config, model, rotary, promptTokens, rowPositions(builder, Q, T), (layer, q, k, v) => {
    builder.output(`keys.${layer}.next`, headsFirst(k, config));
    builder.output(`values.${layer}.next`, headsFirst(v, config));
    return causalAttention(q, k, v, bias, config);
  });
  const lastRows = add(mul(builder.iota(Q), builder.size(T)), sub(promptLengths, 1));
  const logits = linear(gather(hidden, lastRows), headWeight(config, model.parameters)); // [Q, V]
  const first = chooseTokens(gather(logits, rowPrompt), firstUniforms, settings);
  builder.output("firstTokens", first.tokens);
  builder.output("firstSampledLogprobs", first.sampledLogprobs);
  builder.output("firstRawLogprobs", first.rawLogprobs);
  return builder;
}

/**
 * Inputs: the model (models/model-inputs.ts); source int64 [A], where each row stands in the cache that comes in; lastTokens, positions int64 [A], the
 * token each row ends in; frozenBias [A, F]: 0, or -1e9 for padding; uniforms [A, C]; keys.i, values.i [S, K, F, headDim];
 * inverseTemperature, topP, minP, topK scalars.
 * Outputs: tokens int64 [A, C], sampledLogprobs, rawLogprobs [A, C]; keys.i.next, values.i.next [A, K, F + C, headDim].
 */
export function blockProgram(
  config: DecoderConfig,
  program: SampleProgram,
  layout: WeightsLayout = "flat",
): GraphBuilder {
  const builder = new GraphBuilder("block");
  const [S, A, F] = ["S", "A", "F"].map(symbol) as [Dim, Dim, Dim];
  const C = program.blockLength;
  const model = modelInputs(builder, config, layout);
  const source = builder.input("source", "int64", [A]);
  const lastTokens = builder.input("lastTokens", "int64", [A]);
  const positions = builder.input("positions", "int64", [A]);
  const frozenBias = reshape(builder.input("frozenBias", "float32", [A, F]), [A, 1, 1, F]);
  const uniforms = builder.input("uniforms", "float32", [A, C]);
  const cached = (name: string) =>
    gather(builder.input(name, "float32", [S, config.keyValueHeads, F, config.headDim]), source);
  const frozen = Array.from(
    { length: config.layers },
    (_, layer): KeysAndValues => ({ keys: cached(`keys.${layer}`), values: cached(`values.${layer}`) }),
  );
  const settings = settingsInputs(builder, program);
  const rotary = rotaryTables(builder, config);
  const head = headWeight(config, model.parameters);

  const written = writeTokens(builder, {
    config,
    turns: C,
    length: C,
    tokens: lastTokens,
    positions,
    uniforms,
    frozen: frozen.map((layer) => [ownPart(layer, frozenBias)]),
    decode: (current, at, attend) => decoder(config, model, rotary, current, at, attend),
    choose: (states, u) => chooseTokens(model.decodeLinear(states, head), u, settings),
    ends: null,
  });
  builder.output("tokens", written.tokens);
  builder.output("sampledLogprobs", written.sampledLogprobs);
  builder.output("rawLogprobs", written.rawLogprobs);
  const whole: Dim[] = [A, config.keyValueHeads, addDims(F, C), config.headDim];
  for (const [layer, { keys, values }] of frozen.entries()) {
    builder.output(`keys.${layer}.next`, reshape(concat([keys, written.recent[layer]!.keys], 2), whole));
    builder.output(`values.${layer}.next`, reshape(concat([values, written.recent[layer]!.values], 2), whole));
  }
  return builder;
}
