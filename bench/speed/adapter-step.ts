/** One update of a low-rank adapter over frozen weights: what a run trains above 200 million weights. */
import { freshAdapter } from "../../gpu/engine/adapters.ts";
import { trainingBytes } from "../../gpu/engine/estimate-memory.ts";
import { fitTraining, standardMemory } from "../../gpu/engine/fit-memory.ts";
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { TrainerState } from "../../gpu/engine/trainer.ts";
import { WeightsStore } from "../../gpu/engine/weights-store.ts";
import { loraSize } from "../../gpu/models/lora.ts";
import { parameterCount } from "../../gpu/models/parameters.ts";
import type { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { adapterFlops } from "./flops.ts";
import { noise } from "./noise.ts";
import type { Probe } from "./probe.ts";
import { ADAPTER_SHAPE } from "./shapes.ts";
import { adamW, LOSSES, trainingBatch } from "./training-step.ts";

const { name, decoder, lora, batch, length } = ADAPTER_SHAPE;

export class AdapterStep implements Probe {
  readonly name = `adapter step ${name}`;
  /** Seconds of every step so far. */
  readonly seconds: number[] = [];
  readonly tokens = batch * length;
  readonly flops = adapterFlops(decoder, lora, new Array(batch).fill(length));
  /** Bytes by which the process had grown at most when one step was done, and what was predicted. */
  memory = { peakBytes: Number.NaN, predictedBytes: Number.NaN };
  readonly #programs: ProgramCache;
  #weights: WeightsStore | null = null;
  #trainer: TrainerState | null = null;

  constructor(device: ComputeDevice) {
    this.#programs = new ProgramCache(device);
  }

  async open(): Promise<void> {
    const before = process.memoryUsage.rss();
    const flat = noise(parameterCount(decoder));
    this.#weights = new WeightsStore(this.#programs.device, decoder, { flat, mapped: null });
    const fresh = this.#weights.put({ lora, flat: freshAdapter(decoder, lora, 1) });
    this.#trainer = await TrainerState.open(this.#programs, decoder, await this.#weights.trainable(fresh));
    await this.#step();
    const { plan } = fitTraining(decoder, length, standardMemory(), { frozen: "fed", lora });
    const trained = loraSize(decoder, lora);
    const run = trainingBytes(decoder, { batch, length, scored: batch * (length - 1) }, plan, trained);
    this.memory = {
      peakBytes: process.resourceUsage().maxRSS * 1024 - before,
      predictedBytes: 4 * (flat.length + 5 * trained) + run,
    };
  }

  async measure(): Promise<string> {
    this.seconds.push(await this.#step());
    return `${Math.round(this.tokens / this.seconds.at(-1)!)} tokens/s`;
  }

  async close(): Promise<void> {
    this.#trainer?.close();
    this.#trainer = null;
    await this.#programs.close();
    this.#weights = null;
  }

  /** @returns seconds */
  async #step(): Promise<number> {
    const [trainer, weights] = [this.#trainer!, this.#weights!];
    const sequences = trainingBatch(ADAPTER_SHAPE, trainer.updates);
    const started = performance.now();
    await trainer.forwardBackward(sequences, LOSSES.grpo, async () => undefined);
    const { weights: made, gradNorm } = await trainer.optimStep(adamW);
    const seconds = (performance.now() - started) / 1000;
    if (made === null) throw new Error(`${this.name}: the gradient's norm is ${gradNorm}, so no update was timed`);
    trainer.continueFrom(await weights.trainable(await weights.adopt(lora, made)));
    return seconds;
  }
}
