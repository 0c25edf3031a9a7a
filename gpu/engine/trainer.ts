/** One optimiser's state over one trained vector, all weights or an adapter: accumulate gradients over micro-batches, then step. */
import { aggregationWeights, type LossAggregation } from "../losses/aggregation.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { layoutKey, type TrainedVector, trainedVector } from "../models/model-inputs.ts";
import { adamWStep } from "../programs/adamw-step.ts";
import { type GrpoProgram, grpoMetricNames, grpoStep } from "../programs/grpo-step.ts";
import type { MemoryPlan } from "../programs/memory-plan.ts";
import { sftStep } from "../programs/sft-step.ts";
import { type DeviceTensor, float32, int64, type Tensor } from "../runtime/tensor.ts";
import { EngineError } from "./engine-error.ts";
import { fitTraining, standardMemory } from "./fit-memory.ts";
import { decayMask } from "./flat-weights.ts";
import type { MicroBatch, Sequence } from "./micro-batches.ts";
import type { ProgramCache } from "./program-cache.ts";
import { runMicroBatches } from "./run-micro-batches.ts";
import { checkSequences, longestOf } from "./scorer.ts";
import type { ResidentWeights } from "./weights-store.ts";

export interface TrainingSequence extends Sequence {
  readonly advantage: number;
  /** [scored tokens] */
  readonly oldLogprobs: Float32Array | null;
  readonly refLogprobs: Float32Array | null;
}

export type TrainingLoss =
  | { readonly kind: "cross-entropy"; readonly lossAggregation: LossAggregation }
  | ({ readonly kind: "grpo"; readonly lossAggregation: LossAggregation } & Omit<GrpoProgram, "givenOldLogprobs">);

export interface BackwardResult {
  readonly loss: number;
  readonly policyLoss: number;
  readonly kl: number;
  readonly clipFraction: number;
  readonly ratioMean: number;
  readonly entropy: number;
  readonly tokens: number;
  readonly microBatches: number;
  /** [S] each [scored tokens] */
  readonly logprobs: Float32Array[];
}

export interface AdamWSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
}

/** Whatever the memory: a batch of 64 x 64 or 16 x 256 is one graph run. */
const limits = { maxTokens: 4096, maxPadding: 0.1 };

/** What an optimiser step leaves for the next one. */
const stateAfterStep = ["weights.next", "firstMoment.next", "secondMoment.next"];

export class TrainerState {
  readonly #programs: ProgramCache;
  readonly #config: DecoderConfig;
  readonly #vector: TrainedVector;
  readonly #memory: number;
  readonly #decayMask: DeviceTensor;
  #weights: ResidentWeights;
  #firstMoment: DeviceTensor;
  #secondMoment: DeviceTensor;
  #gradient: DeviceTensor;
  /** Were all losses whose gradient is in the accumulator? A gradient can be finite where its loss is not. */
  #lossesFinite = true;
  #updates = 0;

  private constructor(
    programs: ProgramCache,
    config: DecoderConfig,
    weights: ResidentWeights,
    vector: TrainedVector,
    made: readonly [DeviceTensor, DeviceTensor, DeviceTensor, DeviceTensor],
    memory: number,
  ) {
    this.#programs = programs;
    this.#config = config;
    this.#memory = memory;
    this.#weights = weights;
    this.#vector = vector;
    [this.#decayMask, this.#firstMoment, this.#secondMoment, this.#gradient] = made;
  }

  /**
   * @param weights borrowed: whoever passes them in disposes them, after this is closed
   * @param memory bytes that training may use, its state included
   * @throws EngineError `invalid-request` where their layout has nothing to train
   */
  static async open(
    programs: ProgramCache,
    config: DecoderConfig,
    weights: ResidentWeights,
    memory = standardMemory(),
  ): Promise<TrainerState> {
    const vector = trainedVector(config, weights.layout);
    if (vector === null) throw new EngineError("invalid-request", "these weights are laid out to be read only");
    const upload = (data: Float32Array) => programs.device.upload(float32(data, [vector.size]));
    const zeros = () => upload(new Float32Array(vector.size));
    const made = [await upload(decayMask(vector.specs)), await zeros(), await zeros(), await zeros()] as const;
    return new TrainerState(programs, config, weights, vector, made, memory);
  }

  get updates(): number {
    return this.#updates;
  }

  /** The same weights in another place: what `optimStep` made, once their owner has put them somewhere. */
  continueFrom(weights: ResidentWeights): void {
    this.#weights = weights;
  }

  close(): void {
    for (const held of [this.#decayMask, this.#firstMoment, this.#secondMoment, this.#gradient]) held.dispose();
  }

  /** Adds the gradient of the aggregated loss of these sequences. Stops between micro-batches if `breathe` throws; then the gradient is as before. */
  async forwardBackward(
    sequences: readonly TrainingSequence[],
    loss: TrainingLoss,
    breathe: () => Promise<void>,
  ): Promise<BackwardResult> {
    if (sequences.length === 0) throw new EngineError("invalid-request", "nothing to train on");
    checkSequences(sequences, this.#config);
    const weightOf = aggregationWeights(
      loss.lossAggregation,
      sequences.map((s) => s.tokens.length - s.from),
    );
    const { layout } = this.#weights;
    const { plan, fits } = fitTraining(this.#config, longestOf(sequences), this.#memory, layout);
    const totals = new Map<string, number>();
    const logprobs: Float32Array[] = [];
    let gradient = this.#gradient;
    let tokens = 0;
    const replaceGradient = (next: DeviceTensor) => {
      if (gradient !== this.#gradient) gradient.dispose();
      gradient = next;
    };
    const work = runMicroBatches(this.#programs, sequences, { ...limits, fits }, async (batch) => {
      await breathe();
      const session = await this.#lossProgram(sequences, loss, plan);
      const inputs = this.#inputs(batch, sequences, loss, weightOf, gradient);
      const { host: outputs, kept } = await session.runKeeping(inputs);
      replaceGradient(kept["gradient.next"]!);
      const metrics = outputs.metrics!.data as Float32Array;
      const names = loss.kind === "grpo" ? grpoMetricNames : (["loss"] as const);
      for (const [i, name] of names.entries()) totals.set(name, (totals.get(name) ?? 0) + metrics[i]!);
      const values = outputs.logprobs!.data as Float32Array;
      let at = 0;
      for (const i of batch.order) {
        const count = sequences[i]!.tokens.length - sequences[i]!.from;
        logprobs[i] = values.slice(at, at + count);
        at += count;
      }
      tokens += values.length;
    });
    const batches = await work.catch((error: unknown) => {
      replaceGradient(this.#gradient);
      throw error;
    });
    this.#gradient.dispose();
    this.#gradient = gradient;
    this.#lossesFinite &&= Number.isFinite(totals.get("loss") ?? 0);
    const total = (name: string) => totals.get(name) ?? 0;
    return {
      loss: total("loss"),
      policyLoss: loss.kind === "grpo" ? total("policyLoss") : total("loss"),
      kl: total("kl"),
      clipFraction: total("clipFraction"),
      ratioMean: loss.kind === "grpo" ? total("ratioMean") : 1,
      entropy: total("entropy"),
      tokens,
      microBatches: batches,
      logprobs,
    };
  }

  /**
   * Clips, updates, clears the gradient. A loss or a gradient that is not finite changes nothing and says so.
   * @returns the new trained vector, which whoever called owns and this state reads until `continueFrom`; null if skipped
   */
  async optimStep(
    settings: AdamWSettings,
  ): Promise<{ weights: DeviceTensor | null; gradNorm: number; skipped: boolean }> {
    const { input, size: P } = this.#vector;
    const session = await this.#programs.get(`adamw:${P}`, () => adamWStep(P), { keep: stateAfterStep });
    const t = this.#updates + 1;
    const { beta1, beta2 } = settings;
    const scalars = [
      settings.learningRate,
      beta1,
      beta2,
      settings.epsilon,
      settings.weightDecay,
      1 - beta1 ** t,
      1 - beta2 ** t,
      settings.maxGradNorm,
    ];
    const { host, kept } = await session.runKeeping({
      weights: this.#weights.feeds[input]!,
      firstMoment: this.#firstMoment,
      secondMoment: this.#secondMoment,
      gradient: this.#gradient,
      decayMask: this.#decayMask,
      scalars: float32(Float32Array.from(scalars), [scalars.length]),
    });
    const gradNorm = (host.gradNorm!.data as Float32Array)[0]!;
    const used = this.#gradient;
    this.#gradient = await this.#programs.device.upload(float32(new Float32Array(P), [P]));
    used.dispose();
    const finite = this.#lossesFinite && Number.isFinite(gradNorm);
    this.#lossesFinite = true;
    if (!finite) {
      for (const made of Object.values(kept)) made.dispose();
      return { weights: null, gradNorm, skipped: true };
    }
    this.#firstMoment.dispose();
    this.#secondMoment.dispose();
    const weights = kept["weights.next"]!;
    this.#weights = { ...this.#weights, feeds: { ...this.#weights.feeds, [input]: weights } };
    this.#firstMoment = kept["firstMoment.next"]!;
    this.#secondMoment = kept["secondMoment.next"]!;
    this.#updates = t;
    return { weights, gradNorm, skipped: false };
  }

  #lossProgram(sequences: readonly TrainingSequence[], loss: TrainingLoss, plan: MemoryPlan) {
    const { layout, mapped } = this.#weights;
    const form = `${layoutKey(layout)}:${JSON.stringify(plan)}`;
    const how = { keep: ["gradient.next"], mapped };
    if (loss.kind === "cross-entropy")
      return this.#programs.get(`sft:${form}`, () => sftStep(this.#config, plan, layout), how);
    const givenOldLogprobs = sequences[0]!.oldLogprobs !== null;
    const { clipRatioLow, clipRatioHigh, clipRatioDual, klCoef, klEstimator, temperature } = loss;
    const program: GrpoProgram = {
      clipRatioLow,
      clipRatioHigh,
      clipRatioDual,
      klCoef,
      klEstimator,
      temperature,
      givenOldLogprobs,
    };
    const key = `grpo:${form}:${JSON.stringify(program)}`;
    return this.#programs.get(key, () => grpoStep(this.#config, program, plan, layout), how);
  }

  #inputs(
    batch: MicroBatch,
    sequences: readonly TrainingSequence[],
    loss: TrainingLoss,
    weightOf: readonly number[],
    gradient: DeviceTensor,
  ): Record<string, Tensor> {
    const M = batch.rows.length;
    const perToken = (fill: (i: number, values: Float32Array) => void) => {
      const values = new Float32Array(M);
      let at = 0;
      for (const i of batch.order) {
        const count = sequences[i]!.tokens.length - sequences[i]!.from;
        fill(i, values.subarray(at, at + count));
        at += count;
      }
      return float32(values, [M]);
    };
    const recorded = (name: "oldLogprobs" | "refLogprobs") =>
      perToken((i, values) => {
        const given = sequences[i]![name];
        if (given?.length !== values.length)
          throw new EngineError(
            "invalid-request",
            `sequence ${i} has ${values.length} completion tokens and ${given?.length ?? "no"} ${name}`,
          );
        values.set(given);
      });
    const inputs: Record<string, Tensor> = {
      ...this.#weights.feeds,
      gradient,
      tokens: int64(batch.tokens, batch.shape),
      rows: int64(batch.rows, [M]),
      inverse: int64(batch.inverse, [batch.inverse.length]),
      targets: int64(batch.targets, [M]),
      tokenWeights: perToken((i, values) => values.fill(weightOf[i]!)),
    };
    if (loss.kind === "grpo") {
      inputs.advantages = perToken((i, values) => values.fill(sequences[i]!.advantage));
      if (sequences[0]!.oldLogprobs !== null) inputs.oldLogprobs = recorded("oldLogprobs");
      if (loss.klCoef > 0) inputs.refLogprobs = recorded("refLogprobs");
    }
    return inputs;
  }
}
