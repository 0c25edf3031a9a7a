/** Which plan and which micro-batches a budget allows. */
import { describe, expect, it } from "vitest";
import { scoringBytes, trainingBytes } from "../../../gpu/engine/estimate-memory.ts";
import { fitScoring, fitTraining, standardMemory } from "../../../gpu/engine/fit-memory.ts";
import { microBatches } from "../../../gpu/engine/micro-batches.ts";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { TrainerState } from "../../../gpu/engine/trainer.ts";
import { wholeModel } from "../../../gpu/engine/weights-store.ts";
import type { DecoderConfig } from "../../../gpu/models/decoder-config.ts";
import { parameterCount } from "../../../gpu/models/parameters.ts";
import { keepEverything } from "../../../gpu/programs/memory-plan.ts";
import { ComputeDevice } from "../../../gpu/runtime/compute-device.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { randomWeights, tinyConfig } from "../../support/tiny-model.ts";

const GiB = 2 ** 30;
const qwen600M: DecoderConfig = {
  ...tinyConfig,
  hiddenSize: 1024,
  intermediateSize: 3072,
  layers: 28,
  heads: 16,
  keyValueHeads: 8,
  headDim: 128,
  vocabularySize: 151_936,
  contextLength: 40_960,
};
const sequences = (count: number, length: number) =>
  Array.from({ length: count }, () => ({ tokens: new Int32Array(length), from: length >> 1 }));

describe("a budget of memory", () => {
  it("leaves small models alone: everything kept, 64 x 64 tokens in one run", () => {
    for (const fit of [fitTraining, fitScoring]) {
      const { plan, fits } = fit(tinyConfig, 64, standardMemory(), "flat");
      expect(plan).toEqual(keepEverything);
      expect(microBatches(sequences(64, 64), { maxTokens: 4096, maxPadding: 0.1, fits })).toHaveLength(1);
    }
  });

  it("buys arithmetic last: layers again first, then queries in smaller and smaller blocks", () => {
    const state = 20 * parameterCount(qwen600M);
    const plans = [400, 44, 28, 26, 0].map(
      (gigabytes) => fitTraining(qwen600M, 6144, state + gigabytes * GiB, "flat").plan,
    );
    expect(plans.every(({ logitRows }) => logitRows === 110)).toBe(true);
    expect(plans.map(({ recompute }) => recompute)).toEqual([false, true, true, true, true]);
    const rows = plans.map(({ queryRows }) => queryRows ?? Number.POSITIVE_INFINITY);
    expect(rows).toEqual([...rows].sort((a, b) => b - a));
    expect(rows.at(-1)).toBe(16);
    expect(fitScoring(qwen600M, 6144, 1000 * GiB, "flat").plan).toEqual({
      logitRows: 110,
      recompute: false,
      queryRows: null,
    });
    expect(fitScoring(qwen600M, 6144, 6 * GiB, "flat").plan.queryRows).not.toBeNull();
  });

  it("lets a sequence of 6,144 tokens train a few weights of a Qwen3-0.6B beside 2.4 GB of frozen ones within 12 GB", () => {
    const shape = { batch: 1, length: 6144, scored: 2048 };
    const plan = { logitRows: 110, recompute: true, queryRows: 64 };
    const bytes = 4 * parameterCount(qwen600M) + trainingBytes(qwen600M, shape, plan, 10_000_000);
    expect(bytes).toBeLessThan(12e9);
    expect(
      4 * parameterCount(qwen600M) + trainingBytes(qwen600M, shape, { ...plan, recompute: false, queryRows: null }, 0),
    ).toBeGreaterThan(50e9);
  });

  it("has more room for an adapter over frozen weights than for all of them", () => {
    const lora = { rank: 16, alpha: 32, targets: ["q_proj", "v_proj"] as const };
    const budget = 24 * GiB;
    const [whole, adapter] = (["flat", { frozen: "mapped", lora }] as const).map((layout) =>
      fitTraining(qwen600M, 2048, budget, layout),
    );
    const shape = { batch: 1, length: 2048, scored: 1024 };
    expect(whole!.plan.recompute).toBe(true);
    expect(adapter!.plan).toMatchObject({ queryRows: null });
    expect(adapter!.fits(shape)).toBe(true);
  });

  it("cuts micro-batches so that each has room, but never a sequence", () => {
    const weights = 4 * parameterCount(tinyConfig);
    const limit = scoringBytes(tinyConfig, { batch: 3, length: 64, scored: 96 }, keepEverything, "flat");
    const { fits, plan } = fitScoring(tinyConfig, 64, weights + limit, "flat");
    const batches = microBatches(sequences(8, 64), { maxTokens: 4096, maxPadding: 0.1, fits: (s) => fits(s) });
    const estimates = batches.map((b) =>
      scoringBytes(tinyConfig, { batch: b.shape[0], length: b.shape[1], scored: b.rows.length }, plan, "flat"),
    );
    expect(batches.length).toBeGreaterThan(1);
    expect(Math.max(...estimates)).toBeLessThanOrEqual(limit);
    const none = microBatches(sequences(3, 64), { maxTokens: 4096, maxPadding: 0.1, fits: () => false });
    expect(none.map(({ order }) => order)).toEqual([[0], [1], [2]]);
  });
});

describe("training in little memory", () => {
  it("takes more micro-batches and comes to the same loss and log-probabilities", async () => {
    const device = ComputeDevice.cpu(1);
    const programs = new ProgramCache(device);
    try {
      const flat = randomWeights(tinyConfig, 3);
      const weights = wholeModel(await device.upload(float32(flat, [flat.length])));
      const batch = Array.from({ length: 6 }, (_, s) => ({
        tokens: Int32Array.from({ length: 20 }, (_, t) => (s * 7 + t * 3) % tinyConfig.vocabularySize),
        from: 8,
        advantage: 0,
        oldLogprobs: null,
        refLogprobs: null,
      }));
      const run = async (memory: number) => {
        const trainer = await TrainerState.open(programs, tinyConfig, weights, memory);
        return trainer.forwardBackward(batch, { kind: "cross-entropy", lossAggregation: "token-mean" }, () =>
          Promise.resolve(),
        );
      };
      const [much, little] = [await run(GiB), await run(1)];
      expect([much.microBatches, little.microBatches]).toEqual([1, 6]);
      expectClose([little.loss], [much.loss], 1e-6, "the loss");
      for (const [i, logprobs] of little.logprobs.entries())
        expectClose(logprobs, much.logprobs[i]!, 2e-6, "the log-probabilities");
    } finally {
      await programs.close();
    }
  });
});
