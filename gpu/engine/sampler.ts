/** Generations for a batch of rows: what is asked, as feeds; what a generation wrote, as rows. Knows token ids, no text. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { ChoiceKind } from "../programs/token-choice.ts";
import { isOutOfMemory } from "../runtime/device-error.ts";
import { float32, int64 } from "../runtime/tensor.ts";
import { EngineError } from "./engine-error.ts";
import { blockLength, type Generated, type Generation, generators } from "./generate.ts";
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

export async function sampleRows(
  programs: ProgramCache,
  config: DecoderConfig,
  weights: ResidentWeights,
  rows: SampleRows,
  settings: SampleSettings,
): Promise<SampledRows> {
  const R = rows.seeds.length;
  checkRows(config, rows, settings);
  // Rows are independent of each other, so where there is no memory for all of them, parts give the same samples.
  let size = R;
  let result: SampledRows | null = null;
  for (let from = 0; from < R; ) {
    try {
      const part = await sampleTogether(programs, config, weights, rowsBetween(rows, from, from + size), settings);
      result = result === null ? part : joinRows(result, part);
      from += size;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      await programs.close();
      if (size === 1) throw error;
      size = Math.ceil(size / 2);
    }
  }
  return result!;
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

async function sampleTogether(
  programs: ProgramCache,
  config: DecoderConfig,
  weights: ResidentWeights,
  rows: SampleRows,
  settings: SampleSettings,
): Promise<SampledRows> {
  const R = rows.seeds.length;
  const blocks = Math.ceil((settings.maxTokens - 1) / blockLength);
  const generate = generators[programs.device.traits.generation];
  const generated = await generate(programs, config, generationOf(config, weights, rows, settings, blocks));
  return readRows(generated, R, blocks, settings);
}

/** Prompts that none of the rows continues are left out. */
function rowsBetween(rows: SampleRows, from: number, to: number): SampleRows {
  const { prompts, rowPrompt, seeds } = rows;
  if (from === 0 && to >= seeds.length) return rows;
  const used = [...new Set(rowPrompt.subarray(from, to))];
  return {
    prompts: used.map((prompt) => prompts[prompt]!),
    rowPrompt: rowPrompt.slice(from, to).map((prompt) => used.indexOf(prompt)),
    seeds: seeds.subarray(from, to),
  };
}

const joined = <A extends Int32Array | Float32Array | Uint8Array>(a: A, b: A): A => {
  const both = new (a.constructor as new (length: number) => A)(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};

const joinRows = (a: SampledRows, b: SampledRows): SampledRows => ({
  tokens: {
    lengths: joined(a.tokens.lengths, b.tokens.lengths),
    values: joined(a.tokens.values, b.tokens.values),
  },
  sampledLogprobs: joined(a.sampledLogprobs, b.sampledLogprobs),
  rawLogprobs: joined(a.rawLogprobs, b.rawLogprobs),
  stopped: joined(a.stopped, b.stopped),
});

export function choiceKind({ temperature, topK, topP, minP }: SampleSettings, vocabulary: number): ChoiceKind {
  if (temperature === 0) return "greedy";
  return (topK > 0 && topK < vocabulary) || topP < 1 || minP > 0 ? "cut" : "plain";
}

function generationOf(
  config: DecoderConfig,
  weights: ResidentWeights,
  { prompts, rowPrompt, seeds }: SampleRows,
  settings: SampleSettings,
  blocks: number,
): Generation {
  const [Q, R] = [prompts.length, seeds.length];
  const longest = Math.max(...prompts.map((p) => p.length));
  const promptTokens = new BigInt64Array(Q * longest);
  for (const [q, prompt] of prompts.entries())
    for (let t = 0; t < prompt.length; t++) promptTokens[q * longest + t] = BigInt(prompt[t]!);
  const width = blocks * blockLength;
  const uniforms = new Float32Array(R * width);
  for (let r = 0; r < R; r++) for (let t = 0; t < width; t++) uniforms[r * width + t] = uniform(seeds[r]!, t + 1);
  const scalar = (value: number) => float32(new Float32Array([value]), []);
  return {
    choice: choiceKind(settings, config.vocabularySize),
    weights,
    stopTokens: settings.stopTokens,
    blocks,
    uniforms,
    prompts: {
      promptTokens: int64(promptTokens, [Q, longest]),
      promptLengths: int64(
        BigInt64Array.from(prompts, (p) => BigInt(p.length)),
        [Q],
      ),
      rowPrompt: int64(BigInt64Array.from(rowPrompt, BigInt), [R]),
      firstUniforms: float32(
        Float32Array.from(seeds, (seed) => uniform(seed, 0)),
        [R],
      ),
    },
    scalars: {
      inverseTemperature: scalar(settings.temperature === 0 ? 1 : 1 / settings.temperature),
      topK: int64(new BigInt64Array([BigInt(settings.topK > 0 ? settings.topK : config.vocabularySize)]), []),
      topP: scalar(settings.topP),
      minP: scalar(settings.minP),
    },
  };
}

/** Cuts each row at its stop token or at the length asked for. */
function readRows(generated: Generated, R: number, blocks: number, settings: SampleSettings): SampledRows {
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
      const token = Number(t === 0 ? generated.firstTokens[r] : generated.tokens[slot]);
      tokens[at] = token;
      sampledLogprobs[at] = t === 0 ? generated.firstSampledLogprobs[r]! : generated.sampledLogprobs[slot]!;
      rawLogprobs[at] = t === 0 ? generated.firstRawLogprobs[r]! : generated.rawLogprobs[slot]!;
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
