/**
 * A process that makes one run and says by how many bytes its peak exceeds what it held before.
 * argv[2]: MeasuredRun as JSON. Prints { bytes }.
 */
import { freshAdapter } from "../../../gpu/engine/adapters.ts";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { sampleRows } from "../../../gpu/engine/sampler.ts";
import { TrainerState, type TrainingLoss } from "../../../gpu/engine/trainer.ts";
import { WeightsStore, wholeModel } from "../../../gpu/engine/weights-store.ts";
import type { DecoderConfig } from "../../../gpu/models/decoder-config.ts";
import { loraTargets } from "../../../gpu/models/lora-config.ts";
import { parameterCount } from "../../../gpu/models/parameters.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { logprobsProgram } from "../../../gpu/programs/logprobs.ts";
import type { MemoryPlan } from "../../../gpu/programs/memory-plan.ts";
import { sftStep } from "../../../gpu/programs/sft-step.ts";
import { ComputeDevice } from "../../../gpu/runtime/compute-device.ts";
import { Session } from "../../../gpu/runtime/session.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { tokenBatch } from "../../support/token-batch.ts";

export interface MeasuredRun {
  /** adapter: of rank 16 over frozen weights, with its update. */
  readonly kind: "training" | "adapter" | "scoring" | "sampling";
  readonly config: DecoderConfig;
  readonly plan: MemoryPlan;
  /** B, T, first scored token; for sampling R, T and new tokens */
  readonly shape: readonly [number, number, number];
}

const { kind, config, plan, shape } = JSON.parse(process.argv[2]!) as MeasuredRun;
const size = parameterCount(config);
const weights = pseudoRandom(size);
// In place: a second array would be garbage before the run, and given back during it or not.
for (let i = 0; i < size; i++) weights[i]! *= 0.05;
const before = kind === "sampling" ? await sample() : kind === "adapter" ? await adapt() : await step();
process.stdout.write(JSON.stringify({ bytes: process.resourceUsage().maxRSS * 1024 - before }));

async function step(): Promise<number> {
  const [B, T, from] = shape;
  const sequences = Array.from({ length: B }, (_, b) =>
    Array.from({ length: T }, (_, t) => (b * 31 + t * 17) % config.vocabularySize),
  );
  const { inputs, sequenceOf } = tokenBatch(
    sequences,
    sequences.map(() => from),
  );
  const { inverse, ...read } = inputs;
  const M = sequenceOf.length;
  const trained = {
    inverse,
    gradient: float32(new Float32Array(size).fill(1e-9), [size]),
    tokenWeights: float32(new Float32Array(M).fill(1 / M), [M]),
  };
  const graph = kind === "training" ? sftStep(config, plan) : logprobsProgram(config, 0, plan);
  const session = await Session.open(writeModel(graph), { threads: 2 });
  const held = process.memoryUsage.rss();
  await session.run({ ...read, weights: float32(weights, [size]), ...(kind === "training" ? trained : {}) });
  await session.close();
  return held;
}

async function adapt(): Promise<number> {
  const [B, T, from] = shape;
  const programs = new ProgramCache(ComputeDevice.cpu(2));
  const store = new WeightsStore(programs.device, config, { flat: weights, mapped: null });
  const lora = { rank: 16, alpha: 32, targets: loraTargets };
  const fresh = store.put({ lora, flat: freshAdapter(config, lora, 1) });
  const trainer = await TrainerState.open(programs, config, await store.trainable(fresh));
  const held = process.memoryUsage.rss();
  const tokens = Int32Array.from({ length: T }, (_, t) => (t * 17) % config.vocabularySize);
  const sequence = { tokens, from, advantage: 1, oldLogprobs: null, refLogprobs: null };
  const loss: TrainingLoss = {
    kind: "grpo",
    ...{ clipRatioLow: 0.2, clipRatioHigh: 0.2, clipRatioDual: null, temperature: 1 },
    ...({ klCoef: 0, klEstimator: "k3", lossAggregation: "token-mean" } as const),
  };
  await trainer.forwardBackward(Array(B).fill(sequence), loss, async () => undefined);
  const adamW = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };
  await trainer.optimStep(adamW);
  return held;
}

async function sample(): Promise<number> {
  const [R, T, maxTokens] = shape;
  const prompt = Int32Array.from({ length: T }, (_, t) => t % config.vocabularySize);
  const rows = { prompts: [prompt], rowPrompt: new Int32Array(R), seeds: Uint32Array.from({ length: R }, (_, r) => r) };
  const device = ComputeDevice.cpu(2);
  const programs = new ProgramCache(device);
  const resident = wholeModel(await device.upload(float32(weights, [size])));
  const held = process.memoryUsage.rss();
  const settings = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens, stopTokens: [] };
  await sampleRows(programs, config, resident, rows, settings);
  await programs.close();
  return held;
}
