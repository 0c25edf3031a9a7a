/** Whole generations in one run: feeds the `sample` program and reads its blocks. Knows token ids, no text. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { layoutKey } from "../models/model-inputs.ts";
import { sampleProgram } from "../programs/sample.ts";
import type { ChoiceKind } from "../programs/token-choice.ts";
import { float32, type HostTensor, int64 } from "../runtime/tensor.ts";
import { EngineError } from "./engine-error.ts";
import type { ProgramCache } from "./program-cache.ts";
import type { Ragged } from "./ragged.ts";
import { uniform } from "./uniforms.ts";
import type { ResidentWeights } from "./weights-store.ts";

export interface SampleSettings {
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topP: number;
  /** 0 is off. */
  readonly topK: number;
  readonly minP: number;
  readonly maxTokens: number;
  readonly stopTokens: readonly number[];
}

export interface SampleRows {
  readonly prompts: readonly Int32Array[];
  /** [R] which prompt each row continues */
  readonly rowPrompt: Int32Array;
  /** [R] unsigned 32 bit */
  readonly seeds: Uint32Array;
}

/** [R] completions end to end, stop token included. */
export interface SampledRows {
  readonly tokens: Ragged<Int32Array>;
  readonly sampledLogprobs: Float32Array;
  readonly rawLogprobs: Float32Array;
  /** [R] 1 where a stop token ended it, 0 where the length did */
  readonly stopped: Uint8Array;
}

/** Tokens between two compactions: short enough to drop finished rows soon, long enough to pay for the merge. */
const blockLength = 8;

export async function sampleRows(
  programs: ProgramCache,
  config: DecoderConfig,
  { layout, feeds }: ResidentWeights,
  rows: SampleRows,
  settings: SampleSettings,
): Promise<SampledRows> {
  const R = rows.seeds.length;
  const longest = checkRows(config, rows, settings);
  const blocks = Math.ceil((settings.maxTokens - 1) / blockLength);
  const choice = choiceKind(settings, config.vocabularySize);
  const session = await programs.get(`sample:${choice}:${layoutKey(layout)}`, () =>
    sampleProgram(config, { choice, blockLength }, layout),
  );
  const outputs = await session.run({ ...feeds, ...inputsOf(config, rows, settings, blocks, longest) });
  return readRows(outputs, R, blocks, settings);
}

/** @returns tokens of the longest prompt. @throws EngineError for rows that cannot be sampled. */
export function checkRows(
  config: DecoderConfig,
  { prompts, seeds }: SampleRows,
  { maxTokens }: SampleSettings,
): number {
  if (seeds.length === 0 || maxTokens < 1) throw new EngineError("invalid-request", "nothing to sample");
  const longest = Math.max(...prompts.map((p) => p.length));
  if (Math.min(...prompts.map((p) => p.length)) < 1) throw new EngineError("invalid-request", "a prompt is empty");
  if (config.contextLength - longest < maxTokens)
    throw new EngineError(
      "context-length-exceeded",
      `a prompt of ${longest} tokens and ${maxTokens} new ones exceed the context of ${config.contextLength}`,
    );
  return longest;
}

export function choiceKind({ temperature, topK, topP, minP }: SampleSettings, vocabulary: number): ChoiceKind {
  if (temperature === 0) return "greedy";
  return (topK > 0 && topK < vocabulary) || topP < 1 || minP > 0 ? "cut" : "plain";
}

function inputsOf(
  config: DecoderConfig,
  { prompts, rowPrompt, seeds }: SampleRows,
  settings: SampleSettings,
  blocks: number,
  longest: number,
): Record<string, HostTensor> {
  const [Q, R, C] = [prompts.length, seeds.length, blockLength];
  const promptTokens = new BigInt64Array(Q * longest);
  for (const [q, prompt] of prompts.entries())
    for (let t = 0; t < prompt.length; t++) promptTokens[q * longest + t] = BigInt(prompt[t]!);
  const uniforms = new Float32Array(R * blocks * C);
  for (let r = 0; r < R; r++)
    for (let t = 0; t < blocks * C; t++) uniforms[r * blocks * C + t] = uniform(seeds[r]!, t + 1);
  const scalar = (value: number) => float32(new Float32Array([value]), []);
  const stop = settings.stopTokens.length > 0 ? settings.stopTokens : [-1];
  return {
    promptTokens: int64(promptTokens, [Q, longest]),
    promptLengths: int64(
      BigInt64Array.from(prompts, (p) => BigInt(p.length)),
      [Q],
    ),
    rowPrompt: int64(BigInt64Array.from(rowPrompt, BigInt), [R]),
    blocks: int64(new BigInt64Array(blocks), [blocks]),
    firstUniforms: float32(
      Float32Array.from(seeds, (seed) => uniform(seed, 0)),
      [R],
    ),
    uniforms: float32(uniforms, [R * blocks, C]),
    stopTokens: int64(BigInt64Array.from(stop, BigInt), [stop.length]),
    inverseTemperature: scalar(settings.temperature === 0 ? 1 : 1 / settings.temperature),
    topK: int64(new BigInt64Array([BigInt(settings.topK > 0 ? settings.topK : config.vocabularySize)]), []),
    topP: scalar(settings.topP),
    minP: scalar(settings.minP),
  };
}

function readRows(
  outputs: Record<string, HostTensor>,
  R: number,
  blocks: number,
  settings: SampleSettings,
): SampledRows {
  const ints = (name: string) => outputs[name]!.data as BigInt64Array;
  const floats = (name: string) => outputs[name]!.data as Float32Array;
  const [first, later] = [ints("firstTokens"), ints("tokens")];
  const width = blocks * blockLength;
  const isStop = new Set(settings.stopTokens);
  const lengths = new Int32Array(R);
  const stopped = new Uint8Array(R);
  const tokens = new Int32Array(R * settings.maxTokens);
  const sampledLogprobs = new Float32Array(R * settings.maxTokens);
  const rawLogprobs = new Float32Array(R * settings.maxTokens);
  let at = 0;
  for (let r = 0; r < R; r++) {
    for (let t = 0; t < settings.maxTokens; t++) {
      const slot = r * width + t - 1;
      const token = Number(t === 0 ? first[r] : later[slot]);
      tokens[at] = token;
      sampledLogprobs[at] = t === 0 ? floats("firstSampledLogprobs")[r]! : floats("sampledLogprobs")[slot]!;
      rawLogprobs[at] = t === 0 ? floats("firstRawLogprobs")[r]! : floats("rawLogprobs")[slot]!;
      at++;
      lengths[r] = t + 1;
      if (isStop.has(token)) {
        stopped[r] = 1;
        break;
      }
    }
  }
  return {
    tokens: { lengths, values: tokens.slice(0, at) },
    sampledLogprobs: sampledLogprobs.slice(0, at),
    rawLogprobs: rawLogprobs.slice(0, at),
    stopped,
  };
}
