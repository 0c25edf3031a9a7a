/**
 * One GRPO step on groups of scored rollouts: advantages within each group, constant groups skipped, one update (or
 * `updatesPerStep` of them on shares of the groups). See ALGORITHM in src/README.md; the loss itself is the policy's.
 *
 * With one update per step the rollouts were written by the very weights that are trained, so the ratio is 1 and
 * `oldLogprobs` are left out. With several, they are scored once, before the first update.
 */
import type { AdamWSettings, GrpoLoss, LossMetrics, Trainer, TrainSequence, WeightsDigest } from "../policy/policy.ts";
import type { StepMetrics } from "../records/records.ts";
import { groupAdvantages } from "../rzero/advantages.ts";
import { mean } from "../rzero/metrics.ts";
import { minibatches } from "../rzero/minibatches.ts";
import type { GrpoSettings } from "../rzero/run-config.ts";
import type { Sampler } from "./sampler.ts";

export interface TrainableRollout {
  readonly promptTokenIds: readonly number[];
  readonly tokenIds: readonly number[];
  /** Of the sampler, temperature 1; empty for a rollout that was sampled elsewhere. */
  readonly rawLogprobs: Float32Array;
  /** For a rollout that earlier weights wrote: its log-probabilities then. Absent: the ratio is 1 at the first update. */
  readonly oldLogprobs?: Float32Array;
  readonly reward: number;
  /** What its advantage is multiplied by, the same for a whole group: label-confidence.ts. Absent: 1. */
  readonly weight?: number;
}

export interface GrpoUpdateRequest {
  readonly sampler: Sampler;
  readonly trainer: Trainer;
  /** The frozen reference of the KL term: the phase's starting weights, or what `klAnchor` says. */
  readonly reference: WeightsDigest;
  readonly groups: readonly (readonly TrainableRollout[])[];
  readonly settings: GrpoSettings;
  /** Temperature the rollouts were sampled at. */
  readonly temperature: number;
  readonly signal?: AbortSignal;
}

export interface GrpoUpdateResult {
  /** [groups][G] */
  readonly advantages: readonly (readonly number[])[];
  readonly weightsBefore: WeightsDigest;
  readonly weightsAfter: WeightsDigest;
  /** Updates made. */
  readonly updates: number;
  readonly skipped: "all-groups-constant" | "gradient-not-finite" | null;
  readonly metrics: Pick<
    StepMetrics,
    | "groups"
    | "constantGroups"
    | "sequences"
    | "loss"
    | "kl"
    | "entropy"
    | "clipFraction"
    | "gradNorm"
    | "logprobGapMean"
    | "logprobGapMax"
    | "trainedTokensPerSecond"
  >;
}

interface Sequence extends TrainSequence {
  readonly rollout: TrainableRollout;
}

export async function grpoUpdate(request: GrpoUpdateRequest): Promise<GrpoUpdateResult> {
  const { trainer, groups, settings, signal } = request;
  const weightsBefore = trainer.weights;
  const compared = groups.map((group) => {
    const { advantages, constantGroup } = groupAdvantages(group.map(({ reward }) => reward));
    return { constantGroup, advantages: advantages.map((value, sample) => value * (group[sample]!.weight ?? 1)) };
  });
  const active = groups.flatMap((group, index): Sequence[][] =>
    compared[index]!.constantGroup
      ? []
      : [group.map((rollout, sample) => toSequence(rollout, compared[index]!.advantages[sample]!))],
  );
  const batches = minibatches(await withFixedLogprobs(request, active), settings.updatesPerStep);

  const passes: LossMetrics[] = [];
  const gradNorms: number[] = [];
  const gap = { sum: 0, count: 0, max: 0 };
  let updates = 0;
  let tokens = 0;
  const started = performance.now();
  for (const batch of batches) {
    signal?.throwIfAborted();
    const sequences = batch.flat();
    const pass = await trainer.forwardBackward(sequences, lossOf(settings, request.temperature), signal);
    // Only before the first update are both of the same weights, and only at temperature 1 of the same distribution.
    if (passes.length === 0 && request.temperature === 1) measureGap(sequences, pass.logprobs, gap);
    const step = await trainer.optimStep(optimiserOf(settings));
    passes.push(pass);
    gradNorms.push(step.gradNorm);
    tokens += sequences.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
    if (!step.skipped) updates++;
  }
  const seconds = (performance.now() - started) / 1000;
  const average = (metric: (pass: LossMetrics) => number) => mean(passes.map(metric));
  return {
    advantages: compared.map(({ advantages }) => advantages),
    weightsBefore,
    weightsAfter: trainer.weights,
    updates,
    skipped: active.length === 0 ? "all-groups-constant" : updates === 0 ? "gradient-not-finite" : null,
    metrics: {
      groups: groups.length,
      constantGroups: groups.length - active.length,
      sequences: active.flat().length,
      loss: average(({ loss }) => loss),
      kl: average(({ kl }) => kl),
      entropy: average(({ entropy }) => entropy),
      clipFraction: average(({ clipFraction }) => clipFraction),
      gradNorm: mean(gradNorms),
      logprobGapMean: gap.count === 0 ? 0 : gap.sum / gap.count,
      logprobGapMax: gap.max,
      trainedTokensPerSecond: tokens === 0 ? 0 : tokens / seconds,
    },
  };
}

function toSequence(rollout: TrainableRollout, advantage: number): Sequence {
  return {
    rollout,
    tokenIds: [...rollout.promptTokenIds, ...rollout.tokenIds],
    completionStart: rollout.promptTokenIds.length,
    advantage,
    ...(rollout.oldLogprobs ? { oldLogprobs: rollout.oldLogprobs } : {}),
  };
}

/** Adds what stays fixed while the step's updates are made: reference and, for several updates, old log-probabilities. */
async function withFixedLogprobs(
  { sampler, trainer, reference, settings, signal }: GrpoUpdateRequest,
  groups: readonly (readonly Sequence[])[],
): Promise<readonly (readonly Sequence[])[]> {
  const sequences = groups.flat();
  const score = async (weights: WeightsDigest): Promise<readonly Float32Array[]> => {
    const scored = sequences.map(({ tokenIds, completionStart }) => ({ tokenIds, from: completionStart }));
    return (await sampler.logprobs({ weights, sequences: scored, signal })).logprobs;
  };
  const refLogprobs = settings.klCoef > 0 && sequences.length > 0 ? await score(reference) : null;
  const severalUpdates = settings.updatesPerStep > 1 && groups.length > 1;
  const oldLogprobs = severalUpdates ? await score(trainer.weights) : null;
  let at = 0;
  return groups.map((group) =>
    group.map((sequence) => {
      const index = at++;
      return {
        ...sequence,
        ...(refLogprobs ? { refLogprobs: refLogprobs[index]! } : {}),
        ...(oldLogprobs && !sequence.oldLogprobs ? { oldLogprobs: oldLogprobs[index]! } : {}),
      };
    }),
  );
}

/** |trainer - sampler| of the same token under the same weights: what a sampler and a trainer that disagree show first. */
function measureGap(
  sequences: readonly Sequence[],
  logprobs: readonly Float32Array[],
  gap: { sum: number; count: number; max: number },
): void {
  sequences.forEach(({ rollout }, index) => {
    if (rollout.oldLogprobs) return;
    rollout.rawLogprobs.forEach((sampled, token) => {
      const distance = Math.abs(logprobs[index]![token]! - sampled);
      gap.sum += distance;
      gap.count++;
      gap.max = Math.max(gap.max, distance);
    });
  });
}

function lossOf(settings: GrpoSettings, temperature: number): GrpoLoss {
  const { clipRatioLow, clipRatioHigh, clipRatioDual, klCoef, klEstimator, lossAggregation } = settings;
  return {
    kind: "grpo",
    clipRatioLow,
    clipRatioHigh,
    clipRatioDual,
    klCoef,
    klEstimator,
    lossAggregation,
    temperature,
  };
}

function optimiserOf({ learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm }: GrpoSettings): AdamWSettings {
  return { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm };
}
