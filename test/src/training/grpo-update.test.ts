import { describe, expect, test } from "vitest";
import type {
  LogprobsRequest,
  LossConfig,
  OptimStepResult,
  Trainer,
  TrainSequence,
} from "../../../src/policy/policy.ts";
import { resolveRunConfig } from "../../../src/rzero/resolve-run-config.ts";
import type { GrpoSettings } from "../../../src/rzero/run-config.ts";
import { grpoUpdate, type TrainableRollout } from "../../../src/training/grpo-update.ts";
import type { Sampler } from "../../../src/training/sampler.ts";

const settings: GrpoSettings = { ...resolveRunConfig("paper", {}).solver, klCoef: 0 };
const digest = (name: string) => `sha256:${name}` as const;

/** A trainer and a sampler that only write down what they are asked. */
function recording(trainerLogprob = -1, finite = true) {
  const calls: string[] = [];
  const batches: (readonly TrainSequence[])[] = [];
  const losses: LossConfig[] = [];
  let updates = 0;
  const trainer: Trainer = {
    get weights() {
      return digest(`w${updates}`);
    },
    get updates() {
      return updates;
    },
    forwardBackward: async (sequences, loss) => {
      calls.push(`train ${sequences.length}`);
      batches.push(sequences);
      losses.push(loss);
      return {
        loss: 1,
        policyLoss: 1,
        kl: 0,
        entropy: 0.5,
        clipFraction: 0,
        ratioMean: 1,
        tokens: 1,
        sequences: sequences.length,
        microBatches: 1,
        logprobs: sequences.map(({ tokenIds, completionStart }) =>
          new Float32Array(tokenIds.length - completionStart).fill(trainerLogprob),
        ),
      };
    },
    optimStep: async (): Promise<OptimStepResult> => {
      calls.push("step");
      if (finite) updates++;
      return { weights: digest(`w${updates}`), gradNorm: finite ? 2 : Number.NaN, skipped: !finite };
    },
    close: async () => undefined,
  };
  const sampler: Sampler = {
    generate: () => Promise.reject(new Error("nothing is sampled here")),
    logprobs: async ({ weights, sequences }: LogprobsRequest) => {
      calls.push(`score ${sequences.length} under ${weights}`);
      return { logprobs: sequences.map((_, index) => Float32Array.of(-index, -index)), entropies: [] };
    },
  };
  return { calls, batches, losses, trainer, sampler };
}

const group = (...rewards: number[]): TrainableRollout[] =>
  rewards.map((reward) => ({
    promptTokenIds: [7, 8, 9],
    tokenIds: [1, 2],
    rawLogprobs: Float32Array.of(-1, -1.25),
    reward,
  }));

describe("one GRPO step", () => {
  test("constant groups are counted and left out; the others carry their advantages", async () => {
    const { trainer, sampler, batches, calls } = recording();
    const result = await grpoUpdate({
      trainer,
      sampler,
      reference: digest("ref"),
      groups: [group(1, 1), group(0, 1), group(0, 0)],
      settings,
      temperature: 1,
    });
    expect(calls).toEqual(["train 2", "step"]);
    expect(batches[0]!.map(({ tokenIds, completionStart }) => [tokenIds, completionStart])).toEqual([
      [[7, 8, 9, 1, 2], 3],
      [[7, 8, 9, 1, 2], 3],
    ]);
    const expected = 0.5 / (Math.SQRT1_2 + 1e-6);
    expect(batches[0]!.map(({ advantage }) => advantage)).toEqual([-expected, expected]);
    expect(result.advantages).toEqual([
      [0, 0],
      [-expected, expected],
      [0, 0],
    ]);
    expect(result.metrics).toMatchObject({ groups: 3, constantGroups: 2, sequences: 2, gradNorm: 2, entropy: 0.5 });
    expect(result).toMatchObject({ weightsBefore: "sha256:w0", weightsAfter: "sha256:w1", updates: 1, skipped: null });
  });

  test("nothing is trained where all groups are constant", async () => {
    const { trainer, sampler, calls } = recording();
    const result = await grpoUpdate({
      trainer,
      sampler,
      reference: digest("ref"),
      groups: [group(1, 1), group(0, 0)],
      settings: { ...settings, klCoef: 0.1 },
      temperature: 1,
    });
    expect(calls).toEqual([]);
    expect(result).toMatchObject({ skipped: "all-groups-constant", updates: 0, weightsAfter: "sha256:w0" });
  });

  test("a gradient that is not finite is said so", async () => {
    const { trainer, sampler } = recording(-1, false);
    const groups = [group(0, 1)];
    const result = await grpoUpdate({ trainer, sampler, reference: digest("ref"), groups, settings, temperature: 1 });
    expect(result).toMatchObject({ skipped: "gradient-not-finite", updates: 0, weightsAfter: "sha256:w0" });
  });

  test("the reference is scored before the update, and only for a KL term", async () => {
    const { trainer, sampler, calls, batches } = recording();
    await grpoUpdate({
      trainer,
      sampler,
      reference: digest("ref"),
      groups: [group(0, 1)],
      settings: { ...settings, klCoef: 0.1 },
      temperature: 1,
    });
    expect(calls).toEqual(["score 2 under sha256:ref", "train 2", "step"]);
    expect(batches[0]!.map(({ refLogprobs, oldLogprobs }) => [refLogprobs, oldLogprobs])).toEqual([
      [Float32Array.of(-0, -0), undefined],
      [Float32Array.of(-1, -1), undefined],
    ]);
  });

  test("several updates share the groups, with the log-probabilities of before the first", async () => {
    const { trainer, sampler, calls, batches } = recording();
    const result = await grpoUpdate({
      trainer,
      sampler,
      reference: digest("ref"),
      groups: [group(0, 1), group(1, 0), group(0, 1)],
      settings: { ...settings, updatesPerStep: 2 },
      temperature: 1,
    });
    expect(calls).toEqual(["score 6 under sha256:w0", "train 2", "step", "train 4", "step"]);
    expect(batches.flat().map(({ oldLogprobs }) => oldLogprobs![0])).toEqual([-0, -1, -2, -3, -4, -5]);
    expect(result.updates).toBe(2);
  });

  test("rollouts of earlier weights keep the log-probabilities they had, and say nothing about the sampler", async () => {
    const { trainer, sampler, batches } = recording(-3);
    const old = Float32Array.of(-2, -2);
    const groups = [group(0, 1).map((rollout) => ({ ...rollout, oldLogprobs: old }))];
    const result = await grpoUpdate({ trainer, sampler, reference: digest("ref"), groups, settings, temperature: 1 });
    expect(batches[0]!.every(({ oldLogprobs }) => oldLogprobs === old)).toBe(true);
    expect(result.metrics).toMatchObject({ logprobGapMean: 0, logprobGapMax: 0 });
  });

  test("the gap between sampler and trainer is measured token by token", async () => {
    const { trainer, sampler } = recording(-1.5);
    const groups = [group(0, 1)];
    const result = await grpoUpdate({ trainer, sampler, reference: digest("ref"), groups, settings, temperature: 1 });
    expect(result.metrics.logprobGapMean).toBeCloseTo((0.5 + 0.25) / 2, 12);
    expect(result.metrics.logprobGapMax).toBe(0.5);
  });
});
