/**
 * The two ways a generation runs on a device: one run with the loop inside it, or a run per block of tokens with the cache
 * kept on the device. Both give what the `sample` program gives.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { layoutKey } from "../models/model-inputs.ts";
import { sampleProgram } from "../programs/sample.ts";
import { blockProgram, cacheNames, prefillProgram } from "../programs/sample-blocks.ts";
import type { ChoiceKind } from "../programs/token-choice.ts";
import type { DeviceTraits } from "../runtime/devices.ts";
import { type DeviceTensor, float32, type HostTensor, int64 } from "../runtime/tensor.ts";
import type { ProgramCache } from "./program-cache.ts";
import type { ResidentWeights } from "./weights-store.ts";

/** Tokens between two compactions: short enough to drop finished rows soon, long enough to pay for the merge. */
export const blockLength = 8;

export interface Generation {
  readonly choice: ChoiceKind;
  /** Borrowed. */
  readonly weights: ResidentWeights;
  readonly stopTokens: readonly number[];
  /** Blocks after each row's first token. */
  readonly blocks: number;
  /** [R blocks, blockLength] */
  readonly uniforms: Float32Array;
  /** promptTokens, promptLengths, rowPrompt, firstUniforms */
  readonly prompts: Readonly<Record<"promptTokens" | "promptLengths" | "rowPrompt" | "firstUniforms", HostTensor>>;
  /** inverseTemperature, topK, topP, minP */
  readonly scalars: Readonly<Record<string, HostTensor>>;
}

export interface Generated {
  /** [R] */
  readonly firstTokens: BigInt64Array;
  readonly firstSampledLogprobs: Float32Array;
  readonly firstRawLogprobs: Float32Array;
  /** [R blocks, blockLength], row by row; undefined after a stop token */
  readonly tokens: BigInt64Array;
  readonly sampledLogprobs: Float32Array;
  readonly rawLogprobs: Float32Array;
}

type Generate = (programs: ProgramCache, config: DecoderConfig, generation: Generation) => Promise<Generated>;

const ints = (tensor: HostTensor | undefined) => tensor!.data as BigInt64Array;
const floats = (tensor: HostTensor | undefined) => tensor!.data as Float32Array;
const vector = (values: readonly number[]) => int64(BigInt64Array.from(values, BigInt), [values.length]);

const inOneRun: Generate = async (programs, config, generation) => {
  const { choice, weights, stopTokens, blocks, uniforms, prompts, scalars } = generation;
  const session = await programs.get(
    `sample:${choice}:${layoutKey(weights.layout)}`,
    () => sampleProgram(config, { choice, blockLength }, weights.layout),
    { mapped: weights.mapped },
  );
  const outputs = await session.run({
    ...weights.feeds,
    ...prompts,
    ...scalars,
    blocks: int64(new BigInt64Array(blocks), [blocks]),
    uniforms: float32(uniforms, [uniforms.length / blockLength, blockLength]),
    stopTokens: vector(stopTokens.length > 0 ? stopTokens : [-1]),
  });
  return {
    firstTokens: ints(outputs.firstTokens),
    firstSampledLogprobs: floats(outputs.firstSampledLogprobs),
    firstRawLogprobs: floats(outputs.firstRawLogprobs),
    tokens: ints(outputs.tokens),
    sampledLogprobs: floats(outputs.sampledLogprobs),
    rawLogprobs: floats(outputs.rawLogprobs),
  };
};

/** A row that is still writing. */
interface WritingRow {
  readonly row: number;
  /** Where its keys and values stand in the cache. */
  source: number;
  token: bigint;
  position: number;
}

const blockByBlock: Generate = async (programs, config, generation) => {
  const { choice, weights, stopTokens, blocks, uniforms, prompts, scalars } = generation;
  const program = { choice, blockLength };
  const { layout, feeds, mapped } = weights;
  const key = `${choice}:${layoutKey(layout)}`;
  const names = cacheNames(config);
  const how = { keep: names.map((name) => `${name}.next`), mapped };
  const prefill = await programs.get(`prefill:${key}`, () => prefillProgram(config, program, layout), how);
  const block = await programs.get(`block:${key}`, () => blockProgram(config, program, layout), how);
  const isStop = new Set(stopTokens.map(BigInt));
  const [R, T] = [prompts.rowPrompt.shape[0]!, prompts.promptTokens.shape[1]!];
  const rowPrompt = ints(prompts.rowPrompt);
  const lengths = Array.from(rowPrompt, (prompt) => Number(ints(prompts.promptLengths)[Number(prompt)]!));

  const first = await prefill.runKeeping({ ...feeds, ...prompts, ...scalars });
  let cache = first.kept;
  const result: Generated = {
    firstTokens: ints(first.host.firstTokens),
    firstSampledLogprobs: floats(first.host.firstSampledLogprobs),
    firstRawLogprobs: floats(first.host.firstRawLogprobs),
    tokens: new BigInt64Array(R * blocks * blockLength).fill(-1n),
    sampledLogprobs: new Float32Array(R * blocks * blockLength),
    rawLogprobs: new Float32Array(R * blocks * blockLength),
  };
  let writing = Array.from(rowPrompt, (prompt, row): WritingRow => {
    return { row, source: Number(prompt), token: result.firstTokens[row]!, position: lengths[row]! };
  }).filter(({ token }) => !isStop.has(token));

  try {
    for (let turn = 0; turn < blocks && writing.length > 0; turn++) {
      const [A, F] = [writing.length, T + turn * blockLength];
      const bias = new Float32Array(A * F);
      for (const [a, { row }] of writing.entries()) bias.fill(-1e9, a * F + lengths[row]!, a * F + T);
      const drawn = new Float32Array(A * blockLength);
      const slotOf = ({ row }: WritingRow) => (row * blocks + turn) * blockLength;
      for (const [a, each] of writing.entries())
        drawn.set(uniforms.subarray(slotOf(each), slotOf(each) + blockLength), a * blockLength);
      const { host, kept: next } = await block.runKeeping({
        ...feeds,
        ...scalars,
        source: vector(writing.map(({ source }) => source)),
        lastTokens: int64(
          BigInt64Array.from(writing, ({ token }) => token),
          [A],
        ),
        positions: vector(writing.map(({ position }) => position)),
        frozenBias: float32(bias, [A, F]),
        uniforms: float32(drawn, [A, blockLength]),
        ...Object.fromEntries(names.map((name) => [name, cache[`${name}.next`]!])),
      });
      disposeAll(cache);
      cache = next;
      const tokens = ints(host.tokens);
      writing = writing.filter((each, a) => {
        const part = tokens.subarray(a * blockLength, (a + 1) * blockLength);
        result.tokens.set(part, slotOf(each));
        for (const name of ["sampledLogprobs", "rawLogprobs"] as const)
          result[name].set(floats(host[name]).subarray(a * blockLength, (a + 1) * blockLength), slotOf(each));
        each.source = a;
        each.token = part[blockLength - 1]!;
        each.position += blockLength;
        return !part.some((token) => isStop.has(token));
      });
    }
  } finally {
    disposeAll(cache);
  }
  return result;
};

const disposeAll = (tensors: Readonly<Record<string, DeviceTensor>>) => {
  for (const tensor of Object.values(tensors)) tensor.dispose();
};

export const generators = {
  "one-run": inOneRun,
  "block-by-block": blockByBlock,
} as const satisfies Record<DeviceTraits["generation"], Generate>;
