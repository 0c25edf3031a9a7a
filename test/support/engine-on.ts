/** The engine's parts over the tiny model on one device: what the tests that compare devices run. */
import { standardMemory } from "../../gpu/engine/fit-memory.ts";
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { unragged } from "../../gpu/engine/ragged.ts";
import { type SampleSettings, sampleRows } from "../../gpu/engine/sampler.ts";
import { scoreSequences } from "../../gpu/engine/scorer.ts";
import { TrainerState, type TrainingLoss, type TrainingSequence } from "../../gpu/engine/trainer.ts";
import { wholeModel } from "../../gpu/engine/weights-store.ts";
import type { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { float32 } from "../../gpu/runtime/tensor.ts";
import { randomWeights, tinyConfig } from "./tiny-model.ts";

const loss: TrainingLoss = {
  kind: "grpo",
  clipRatioLow: 0.2,
  clipRatioHigh: 0.2,
  clipRatioDual: 3,
  klCoef: 0.01,
  klEstimator: "k3",
  temperature: 1,
  lossAggregation: "token-mean",
};
const adamW = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
const sampling: SampleSettings = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 20, stopTokens: [7] };
const noPause = async () => undefined;

const prompts = [
  [3, 1, 4],
  [9, 2, 6, 5, 8],
].map((prompt) => Int32Array.from(prompt));

/** Two prompts, three rows each. */
const sampleOn = async (programs: ProgramCache, flat: Float32Array, settings: Partial<SampleSettings> = {}) => {
  const weights = await programs.device.upload(float32(flat, [flat.length]));
  const rowPrompt = Int32Array.of(0, 0, 0, 1, 1, 1);
  const seeds = Uint32Array.of(11, 12, 13, 14, 15, 16);
  const result = await sampleRows(
    programs,
    tinyConfig,
    wholeModel(weights),
    { prompts, rowPrompt, seeds },
    { ...sampling, ...settings },
  );
  weights.dispose();
  return result;
};

/** `steps` updates, each on fresh samples of the weights before it. */
export async function trainOn(device: ComputeDevice, steps: number) {
  const programs = new ProgramCache(device);
  const flat = randomWeights(tinyConfig, 5);
  let weights = await device.upload(float32(flat, [flat.length]));
  const trainer = await TrainerState.open(programs, tinyConfig, wholeModel(weights));
  const history: { loss: number; gradNorm: number; logprobs: Float32Array[] }[] = [];
  // The same tokens on every device: samples of the starting weights.
  const cpuLikeRows = Array.from({ length: 6 }, (_, r) =>
    Array.from({ length: 6 + r }, (_, t) => (7 * r + 3 * t) % 40),
  );
  for (let step = 0; step < steps; step++) {
    const batch = cpuLikeRows.map((tokens, i): TrainingSequence => {
      const count = tokens.length - 3;
      return {
        tokens: Int32Array.from(tokens),
        from: 3,
        advantage: i % 2 === 0 ? 1 : -0.5,
        oldLogprobs: new Float32Array(count).fill(-3.5 - 0.1 * step),
        refLogprobs: new Float32Array(count).fill(-3.6),
      };
    });
    const result = await trainer.forwardBackward(batch, loss, noPause);
    const { weights: made, gradNorm } = await trainer.optimStep(adamW);
    if (made === null) throw new Error(`step ${step} was skipped: gradient norm ${gradNorm}`);
    weights.dispose();
    weights = made;
    history.push({ loss: result.loss, gradNorm, logprobs: result.logprobs });
  }
  const trained = (await weights.download()).data as Float32Array;
  trainer.close();
  weights.dispose();
  await programs.close();
  return { trained, history };
}

export async function sampleAndScoreOn(device: ComputeDevice, settings: Partial<SampleSettings> = {}) {
  const programs = new ProgramCache(device);
  const flat = randomWeights(tinyConfig, 5);
  const sampled = await sampleOn(programs, flat, settings);
  const tokens = unragged(sampled.tokens).map((list) => [...list]);
  const sequences = tokens.map((list, r) => {
    const prompt = prompts[r < 3 ? 0 : 1]!;
    return { tokens: Int32Array.from([...prompt, ...list]), from: prompt.length };
  });
  const weights = await device.upload(float32(flat, [flat.length]));
  const scores = await scoreSequences(
    programs,
    tinyConfig,
    wholeModel(weights),
    sequences,
    2,
    standardMemory(),
    noPause,
  );
  weights.dispose();
  await programs.close();
  return { tokens, rawLogprobs: sampled.rawLogprobs, scored: scores.logprobs.flatMap((list) => [...list]) };
}
