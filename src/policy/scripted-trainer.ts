/** Training the toy model: the losses of the port with exact gradients, and AdamW. */
import type {
  AdamWSettings,
  GrpoLoss,
  LossAggregation,
  LossConfig,
  LossMetrics,
  OptimStepResult,
  Trainer,
  TrainSequence,
  WeightsDigest,
} from "./policy.ts";
import { PolicyError } from "./policy.ts";
import { type ScriptedLanguage, scoreToken } from "./scripted-language.ts";

/** Where a trainer takes its weights from and puts them after a step. */
export interface WeightsShelf {
  get(digest: WeightsDigest): Float32Array;
  /** Puts `weights` there; `replaced` may be forgotten unless somebody else needs it. */
  put(weights: Float32Array, replaced: WeightsDigest): WeightsDigest;
}

interface TokenLoss {
  readonly policyLoss: number;
  readonly kl: number;
  readonly clipped: boolean;
  readonly ratio: number;
  /** d (policyLoss + klCoef kl) / d logprob */
  readonly slope: number;
}

export class ScriptedTrainer implements Trainer {
  readonly #language: ScriptedLanguage;
  readonly #shelf: WeightsShelf;
  #weights: WeightsDigest;
  #updates = 0;
  #open = true;
  #gradient: Float64Array;
  #lossesFinite = true;
  readonly #first: Float64Array;
  readonly #second: Float64Array;

  constructor(language: ScriptedLanguage, shelf: WeightsShelf, weights: WeightsDigest) {
    this.#language = language;
    this.#shelf = shelf;
    this.#weights = weights;
    const parameters = shelf.get(weights).length;
    this.#gradient = new Float64Array(parameters);
    this.#first = new Float64Array(parameters);
    this.#second = new Float64Array(parameters);
  }

  get weights(): WeightsDigest {
    return this.#weights;
  }

  get updates(): number {
    return this.#updates;
  }

  async forwardBackward(
    sequences: readonly TrainSequence[],
    loss: LossConfig,
    signal?: AbortSignal,
  ): Promise<LossMetrics> {
    this.#checkOpen();
    checkSequences(sequences, loss);
    const weights = this.#shelf.get(this.#weights);
    const lengths = sequences.map(({ tokenIds, completionStart }) => tokenIds.length - completionStart);
    const gradient = this.#gradient.slice();
    const sums = { loss: 0, policyLoss: 0, kl: 0, entropy: 0, clipped: 0, ratio: 0 };
    const logprobs: Float32Array[] = [];
    for (const [index, sequence] of sequences.entries()) {
      if (signal?.aborted) throw new PolicyError("cancelled", "training was cancelled");
      const share = tokenShare(loss.lossAggregation, lengths, index);
      const own = new Float32Array(lengths[index]!);
      for (let at = 0; at < own.length; at++) {
        const position = sequence.completionStart + at;
        const next = this.#language.next(weights, sequence.tokenIds.slice(0, position));
        const scored = scoreToken(next, sequence.tokenIds[position]!, loss.kind === "grpo" ? loss.temperature : 1);
        own[at] = scored.logprob;
        const token =
          loss.kind === "grpo" ? grpoToken(loss, sequence, at, scored.logprob) : crossEntropy(scored.logprob);
        const klCoef = loss.kind === "grpo" ? loss.klCoef : 0;
        sums.loss += share * (token.policyLoss + klCoef * token.kl);
        sums.policyLoss += share * token.policyLoss;
        sums.kl += token.kl;
        sums.entropy += scored.entropy;
        sums.clipped += token.clipped ? 1 : 0;
        sums.ratio += token.ratio;
        for (let i = 0; i < gradient.length; i++) gradient[i]! += share * token.slope * scored.gradient[i]!;
      }
      logprobs.push(own);
    }
    // Only now: a cancelled call leaves no half of a gradient behind.
    this.#gradient = gradient;
    this.#lossesFinite &&= Number.isFinite(sums.loss);
    const tokens = lengths.reduce((sum, length) => sum + length, 0);
    return {
      loss: sums.loss,
      policyLoss: sums.policyLoss,
      kl: sums.kl / tokens,
      entropy: sums.entropy / tokens,
      clipFraction: sums.clipped / tokens,
      ratioMean: sums.ratio / tokens,
      tokens,
      sequences: sequences.length,
      microBatches: 1,
      logprobs,
    };
  }

  /** AdamW (Loshchilov & Hutter 2019): m, v of the clipped gradient; w -= lr (m' / (sqrt(v') + eps) + decay w). */
  async optimStep(settings: AdamWSettings): Promise<OptimStepResult> {
    this.#checkOpen();
    const gradNorm = Math.hypot(...this.#gradient);
    const finite = this.#lossesFinite && Number.isFinite(gradNorm);
    this.#lossesFinite = true;
    if (!finite) {
      this.#gradient.fill(0);
      return { weights: this.#weights, gradNorm, skipped: true };
    }
    const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm } = settings;
    const scale = maxGradNorm > 0 && gradNorm > maxGradNorm ? maxGradNorm / gradNorm : 1;
    this.#updates++;
    const weights = this.#shelf.get(this.#weights).map((weight, i) => {
      const g = this.#gradient[i]! * scale;
      this.#first[i] = beta1 * this.#first[i]! + (1 - beta1) * g;
      this.#second[i] = beta2 * this.#second[i]! + (1 - beta2) * g * g;
      const first = this.#first[i]! / (1 - beta1 ** this.#updates);
      const second = this.#second[i]! / (1 - beta2 ** this.#updates);
      return weight - learningRate * (first / (Math.sqrt(second) + epsilon) + weightDecay * weight);
    });
    this.#gradient.fill(0);
    this.#weights = this.#shelf.put(weights, this.#weights);
    return { weights: this.#weights, gradNorm, skipped: false };
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #checkOpen(): void {
    if (!this.#open) throw new PolicyError("invalid-request", "the trainer is closed");
  }
}

/** Weight of one token of sequence `index` in the aggregated loss. */
function tokenShare(aggregation: LossAggregation, lengths: readonly number[], index: number): number {
  switch (aggregation) {
    case "token-mean":
      return 1 / lengths.reduce((sum, length) => sum + length, 0);
    case "seq-mean-token-mean":
      return 1 / (lengths.length * lengths[index]!);
    case "seq-mean-token-sum":
      return 1 / lengths.length;
  }
}

function crossEntropy(logprob: number): TokenLoss {
  return { policyLoss: -logprob, kl: 0, clipped: false, ratio: 1, slope: -1 };
}

/** The token's share of the loss in ALGORITHM's GRPO: clipped surrogate with dual clip, plus klCoef times the KL estimate. */
function grpoToken(loss: GrpoLoss, sequence: TrainSequence, at: number, logprob: number): TokenLoss {
  const advantage = sequence.advantage ?? 0;
  const ratio = Math.exp(logprob - (sequence.oldLogprobs?.[at] ?? logprob));
  const clippedRatio = Math.min(Math.max(ratio, 1 - loss.clipRatioLow), 1 + loss.clipRatioHigh);
  let surrogate = Math.min(ratio * advantage, clippedRatio * advantage);
  let clipped = clippedRatio * advantage < ratio * advantage;
  if (loss.clipRatioDual !== null && advantage < 0 && surrogate < loss.clipRatioDual * advantage) {
    surrogate = loss.clipRatioDual * advantage;
    clipped = true;
  }
  const difference = loss.klCoef > 0 ? sequence.refLogprobs![at]! - logprob : 0;
  const kl = klEstimate(loss.klEstimator, difference);
  const slope = (clipped ? 0 : -ratio * advantage) + loss.klCoef * kl.slope;
  return { policyLoss: -surrogate, kl: kl.value, clipped, ratio, slope };
}

/** With d = refLogprob - logprob: k1 = -d, k2 = d^2 / 2, k3 = exp(d) - d - 1; slopes are d/d logprob. */
function klEstimate(estimator: GrpoLoss["klEstimator"], d: number): { value: number; slope: number } {
  switch (estimator) {
    case "k1":
      return { value: -d, slope: 1 };
    case "k2":
      return { value: (d * d) / 2, slope: -d };
    case "k3":
      return { value: Math.exp(d) - d - 1, slope: 1 - Math.exp(d) };
  }
}

function checkSequences(sequences: readonly TrainSequence[], loss: LossConfig): void {
  if (sequences.length === 0) throw new PolicyError("invalid-request", "a training batch has at least one sequence");
  for (const [index, { tokenIds, completionStart, advantage, refLogprobs }] of sequences.entries()) {
    if (!(completionStart >= 1 && completionStart < tokenIds.length)) {
      throw new PolicyError(
        "invalid-request",
        `sequence ${index}: completionStart ${completionStart} must lie in 1..${tokenIds.length - 1}`,
      );
    }
    if (loss.kind !== "grpo") continue;
    if (advantage === undefined || !Number.isFinite(advantage)) {
      throw new PolicyError("invalid-request", `sequence ${index}: advantage is ${advantage}`);
    }
    if (loss.klCoef > 0 && refLogprobs?.length !== tokenIds.length - completionStart) {
      throw new PolicyError("invalid-request", `sequence ${index}: klCoef > 0 needs a refLogprob per completion token`);
    }
  }
}
