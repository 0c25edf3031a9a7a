/** Whole generations from random weights, which never stop: every row runs full length. */
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { sampleRows } from "../../gpu/engine/sampler.ts";
import { wholeModel } from "../../gpu/engine/weights-store.ts";
import type { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { type DeviceTensor, float32 } from "../../gpu/runtime/tensor.ts";
import { initialWeights } from "../pretrain/initial-weights.ts";
import { samplingFlops } from "./flops.ts";
import type { Probe } from "./probe.ts";
import { SAMPLING_SHAPE, type SamplingShape } from "./shapes.ts";

export class Sampling implements Probe {
  readonly name: string;
  readonly topP: number;
  /** Seconds of every generation so far. */
  readonly seconds: number[] = [];
  /** New tokens of one generation. */
  readonly tokens: number;
  readonly flops: number;
  readonly #shape: SamplingShape;
  readonly #prompts: readonly Int32Array[];
  readonly #programs: ProgramCache;
  #weights: DeviceTensor | null = null;
  #turn = 0;

  constructor(topP: number, device: ComputeDevice, shape: SamplingShape = SAMPLING_SHAPE) {
    const { name, decoder, batch, promptLengths, newTokens } = shape;
    this.name = `sampling ${name}, top-p ${topP}`;
    this.tokens = batch * newTokens;
    this.flops = samplingFlops(decoder, promptLengths, newTokens);
    this.#shape = shape;
    this.#prompts = promptLengths.map((length, row) =>
      Int32Array.from({ length }, (_, position) => (row + position) % decoder.vocabularySize),
    );
    this.topP = topP;
    this.#programs = new ProgramCache(device);
  }

  async open(): Promise<void> {
    const weights = initialWeights(this.#shape.decoder, 1, 0.05);
    this.#weights = await this.#programs.device.upload(float32(weights, [weights.length]));
    await this.#generate();
  }

  async measure(): Promise<string> {
    for (let repeat = 0; repeat < 2; repeat++) this.seconds.push(await this.#generate());
    return `${Math.round(this.tokens / this.seconds.at(-1)!)} tokens/s`;
  }

  async close(): Promise<void> {
    this.#weights?.dispose();
    this.#weights = null;
    await this.#programs.close();
  }

  /** @returns seconds */
  async #generate(): Promise<number> {
    const { decoder, batch, newTokens } = this.#shape;
    const prompts = this.#prompts;
    const first = this.#turn++ * batch;
    const rows = {
      prompts,
      rowPrompt: Int32Array.from(prompts.keys()),
      seeds: Uint32Array.from(prompts, (_, row) => first + row),
    };
    const settings = { temperature: 1, topP: this.topP, topK: 0, minP: 0, maxTokens: newTokens, stopTokens: [] };
    const started = performance.now();
    const sampled = await sampleRows(this.#programs, decoder, wholeModel(this.#weights!), rows, settings);
    const seconds = (performance.now() - started) / 1000;
    if (sampled.tokens.values.length !== this.tokens)
      throw new Error(`${this.name}: ${sampled.tokens.values.length} tokens were written, expected ${this.tokens}`);
    return seconds;
  }
}
