/** One optimiser's state over one copy of the weights: accumulate gradients over micro-batches, then step. */
import { aggregationWeights, type LossAggregation } from "../losses/aggregation.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { adamWStep } from "../programs/adamw-step.ts";
import { type GrpoProgram, grpoMetricNames, grpoStep } from "../programs/grpo-step.ts";
import type { MemoryPlan } from "../programs/memory-plan.ts";
import { sftStep } from "../programs/sft-step.ts";
import { float32, type HostTensor, int64 } from "../runtime/session.ts";
import { EngineError } from "./engine-error.ts";
import { decayMask } from "./flat-weights.ts";
import { fitTraining, standardMemory } from "./fit-memory.ts";
import { type MicroBatch, microBatches, type Sequence } from "./micro-batches.ts";
import type { ProgramCache } from "./program-cache.ts";
import { checkSequences, longestOf } from "./scorer.ts";

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

export class TrainerState {
  readonly #programs: ProgramCache;
  readonly #config: DecoderConfig;
  readonly #memory: number;
  readonly #decayMask: Float32Array;
  #weights: Float32Array;
  #firstMoment: Float32Array;
  #secondMoment: Float32Array;
  #gradient: Float32Array;
  #updates = 0;

  /** @param memory bytes that training may use, its state included */
  constructor(programs: ProgramCache, config: DecoderConfig, weights: Float32Array, memory = standardMemory()) {
    this.#programs = programs;
    this.#config = config;
    this.#memory = memory;
    this.#weights = weights;
    this.#decayMask = decayMask(config);
    this.#firstMoment = new Float32Array(weights.length);
    this.#secondMoment = new Float32Array(weights.length);
    this.#gradient = new Float32Array(weights.length);
  }

  get weights(): Float32Array {
    return this.#weights;
  }

  get updates(): number {
    return this.#updates;
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
    const { plan, fits } = fitTraining(this.#config, longestOf(sequences), this.#memory);
    const session = await this.#lossProgram(sequences, loss, plan);
    const totals = new Map<string, number>();
    const logprobs: Float32Array[] = [];
    let gradient = this.#gradient;
    let tokens = 0;
    const batches = microBatches(sequences, { ...limits, fits });
    for (const batch of batches) {
      await breathe();
      const outputs = await session.run(this.#inputs(batch, sequences, loss, weightOf, gradient));
      gradient = outputs["gradient.next"]!.data as Float32Array;
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
    }
    this.#gradient = gradient;
    const total = (name: string) => totals.get(name) ?? 0;
    return {
      loss: total("loss"),
      policyLoss: loss.kind === "grpo" ? total("policyLoss") : total("loss"),
      kl: total("kl"),
      clipFraction: total("clipFraction"),
      ratioMean: loss.kind === "grpo" ? total("ratioMean") : 1,
      entropy: total("entropy"),
      tokens,
      microBatches: batches.length,
      logprobs,
    };
  }

  /** Clips, updates, clears the gradient. A gradient that is not finite changes nothing and says so. */
  async optimStep(settings: AdamWSettings): Promise<{ gradNorm: number; skipped: boolean }> {
    const P = this.#weights.length;
    const session = await this.#programs.get("adamw", () => adamWStep(P));
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
    const vector = (data: Float32Array) => float32(data, [P]);
    const outputs = await session.run({
      weights: vector(this.#weights),
      firstMoment: vector(this.#firstMoment),
      secondMoment: vector(this.#secondMoment),
      gradient: vector(this.#gradient),
      decayMask: vector(this.#decayMask),
      scalars: float32(Float32Array.from(scalars), [scalars.length]),
    });
    const gradNorm = (outputs.gradNorm!.data as Float32Array)[0]!;
    this.#gradient = new Float32Array(P);
    if (!Number.isFinite(gradNorm)) return { gradNorm, skipped: true };
    this.#weights = outputs["weights.next"]!.data as Float32Array;
    this.#firstMoment = outputs["firstMoment.next"]!.data as Float32Array;
    this.#secondMoment = outputs["secondMoment.next"]!.data as Float32Array;
    this.#updates = t;
    return { gradNorm, skipped: false };
  }

  #lossProgram(sequences: readonly TrainingSequence[], loss: TrainingLoss, plan: MemoryPlan) {
    const memory = JSON.stringify(plan);
    if (loss.kind === "cross-entropy") return this.#programs.get(`sft:${memory}`, () => sftStep(this.#config, plan));
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
    const key = `grpo:${JSON.stringify(program)}:${memory}`;
    return this.#programs.get(key, () => grpoStep(this.#config, program, plan));
  }

  #inputs(
    batch: MicroBatch,
    sequences: readonly TrainingSequence[],
    loss: TrainingLoss,
    weightOf: readonly number[],
    gradient: Float32Array,
  ): Record<string, HostTensor> {
    const P = this.#weights.length;
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
    const inputs: Record<string, HostTensor> = {
      weights: float32(this.#weights, [P]),
      gradient: float32(gradient, [P]),
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
