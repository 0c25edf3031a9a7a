/** One optimiser update as training makes it: forward, backward, clip and AdamW through TrainerState. */
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { TrainerState, type TrainingLoss, type TrainingSequence } from "../../gpu/engine/trainer.ts";
import { wholeModel } from "../../gpu/engine/weights-store.ts";
import type { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { type DeviceTensor, float32 } from "../../gpu/runtime/tensor.ts";
import { seededRandom } from "../../src/rzero/seeds.ts";
import { initialWeights } from "../pretrain/initial-weights.ts";
import { trainingFlops } from "./flops.ts";
import type { Probe } from "./probe.ts";
import type { TrainingShape } from "./shapes.ts";

/** `grpo` is a run's update (on-policy, k3 towards a reference); `cross-entropy` is what other trainers are timed with. */
export const LOSSES = {
  grpo: {
    kind: "grpo",
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioDual: null,
    klCoef: 1e-2,
    klEstimator: "k3",
    lossAggregation: "token-mean",
    temperature: 1,
  },
  "cross-entropy": { kind: "cross-entropy", lossAggregation: "token-mean" },
} as const satisfies Record<string, TrainingLoss>;

export type LossName = keyof typeof LOSSES;

export const adamW = { learningRate: 1e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };

/** Work of one turn and loss: several of the small steps, one of the large, which is more than this. */
const flopsPerTurn = 150e9;

export class TrainingStep implements Probe {
  readonly name: string;
  readonly shape: TrainingShape;
  /** Seconds of every step so far. */
  readonly seconds: Record<LossName, number[]> = { grpo: [], "cross-entropy": [] };
  readonly tokens: number;
  readonly flops: number;
  readonly #programs: ProgramCache;
  #trainer: TrainerState | null = null;
  #weights: DeviceTensor | null = null;

  constructor(shape: TrainingShape, device: ComputeDevice) {
    this.name = `training step ${shape.name}`;
    this.shape = shape;
    this.tokens = shape.batch * shape.length;
    this.flops = trainingFlops(shape.decoder, new Array(shape.batch).fill(shape.length));
    this.#programs = new ProgramCache(device);
  }

  async open(): Promise<void> {
    const weights = initialWeights(this.shape.decoder, 1);
    this.#weights = await this.#programs.device.upload(float32(weights, [weights.length]));
    this.#trainer = await TrainerState.open(this.#programs, this.shape.decoder, wholeModel(this.#weights));
    for (const loss of Object.keys(LOSSES) as LossName[]) await this.#step(loss);
  }

  async measure(): Promise<string> {
    const steps = Math.min(20, Math.max(1, Math.round(flopsPerTurn / this.flops)));
    for (let step = 0; step < steps; step++)
      for (const loss of Object.keys(LOSSES) as LossName[]) this.seconds[loss].push(await this.#step(loss));
    return `${Math.round(this.tokens / this.seconds.grpo.at(-1)!)} tokens/s`;
  }

  async close(): Promise<void> {
    this.#trainer?.close();
    this.#weights?.dispose();
    this.#trainer = null;
    await this.#programs.close();
  }

  /** @returns seconds */
  async #step(loss: LossName): Promise<number> {
    const trainer = this.#trainer!;
    const sequences = trainingBatch(this.shape, trainer.updates);
    const started = performance.now();
    await trainer.forwardBackward(sequences, LOSSES[loss], async () => undefined);
    const { weights, gradNorm } = await trainer.optimStep(adamW);
    const seconds = (performance.now() - started) / 1000;
    if (weights === null) throw new Error(`${this.name}: the gradient's norm is ${gradNorm}, so no update was timed`);
    this.#weights?.dispose();
    this.#weights = weights;
    return seconds;
  }
}

/** Random tokens; half of the sequences are rewarded, half punished. Reference: the uniform distribution. */
export function trainingBatch({ decoder, batch: B, length: T }: TrainingShape, seed: number): TrainingSequence[] {
  const random = seededRandom(seed);
  return Array.from({ length: B }, (_, i) => ({
    tokens: Int32Array.from({ length: T }, () => Math.floor(random() * decoder.vocabularySize)),
    from: 1,
    advantage: i % 2 === 0 ? 1 : -1,
    oldLogprobs: null,
    refLogprobs: new Float32Array(T - 1).fill(-Math.log(decoder.vocabularySize)),
  }));
}
