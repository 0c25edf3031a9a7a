/** Pre-training of `abacus`: random weights and synthetic text in, a base model out. Deterministic for a number of threads. */
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { TrainerState, type TrainingSequence } from "../../gpu/engine/trainer.ts";
import { wholeModel } from "../../gpu/engine/weights-store.ts";
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import { warmupCosine } from "../../gpu/optim/schedules.ts";
import { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { float32 } from "../../gpu/runtime/tensor.ts";
import type { Tokenizer } from "../../gpu/tokenizer/tokenizer.ts";
import {
  type CorpusOptions,
  type PretrainingDocument,
  pretrainingDocuments,
} from "../../src/domains/arithmetic/corpus.ts";
import { initialWeights } from "./initial-weights.ts";

export interface PretrainSettings {
  readonly seed: number;
  readonly steps: number;
  readonly documentsPerStep: number;
  readonly peakLearningRate: number;
  readonly threads: number;
  readonly corpus: Partial<CorpusOptions>;
}

export interface PretrainProgress {
  readonly step: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
}

const adamW = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.05, maxGradNorm: 1 };

/** @returns the trained weights, flat */
export async function pretrain(
  config: DecoderConfig,
  tokenizer: Tokenizer,
  settings: PretrainSettings,
  onProgress: (progress: PretrainProgress) => void,
): Promise<Float32Array> {
  const device = ComputeDevice.cpu(settings.threads);
  const programs = new ProgramCache(device);
  const start = initialWeights(config, settings.seed, 0.05);
  let weights = await device.upload(float32(start, [start.length]));
  const trainer = await TrainerState.open(programs, config, wholeModel(weights));
  try {
    const documents = pretrainingDocuments(settings.seed, settings.corpus);
    const started = performance.now();
    let tokens = 0;
    for (let step = 1; step <= settings.steps; step++) {
      const batch = Array.from({ length: settings.documentsPerStep }, () =>
        sequence(documents.next().value, tokenizer),
      );
      const loss = { kind: "cross-entropy", lossAggregation: "token-mean" } as const;
      const result = await trainer.forwardBackward(batch, loss, async () => undefined);
      const learningRate = warmupCosine(step, {
        peak: settings.peakLearningRate,
        floor: settings.peakLearningRate / 50,
        warmup: Math.min(200, settings.steps / 10),
        total: settings.steps,
      });
      const { weights: made } = await trainer.optimStep({ ...adamW, learningRate });
      if (made !== null) {
        weights.dispose();
        weights = made;
      }
      tokens += batch.reduce((total, s) => total + s.tokens.length, 0);
      const seconds = (performance.now() - started) / 1000;
      onProgress({
        step,
        loss: result.loss,
        tokensPerSecond: tokens / seconds,
        secondsLeft: (seconds / step) * (settings.steps - step),
      });
    }
    return (await weights.download()).data as Float32Array;
  } finally {
    trainer.close();
    weights.dispose();
    await programs.close();
  }
}

/** Loss on what the model is to write: the completion and the end of the turn. */
function sequence(document: PretrainingDocument, tokenizer: Tokenizer): TrainingSequence {
  const prompt = tokenizer.encode(tokenizer.renderChat(document.messages));
  const completion = [...tokenizer.encode(document.completion), ...tokenizer.eosTokenIds];
  return {
    tokens: Int32Array.from([...prompt, ...completion]),
    from: prompt.length,
    advantage: 0,
    oldLogprobs: null,
    refLogprobs: null,
  };
}
