/** A policy that says what it does to the telemetry, and otherwise is the one it wraps. */
import type { Telemetry } from "../telemetry/telemetry.ts";
import { type Policy, PolicyError, type Trainer } from "./policy.ts";

export function measuredPolicy(policy: Policy, telemetry: Telemetry): Policy {
  /** Failures are counted by call and code; a cancellation is nobody's failure. */
  const counted = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof PolicyError ? error.code : "unexpected";
      if (code !== "cancelled") telemetry.record({ kind: "engine-failed", call, code });
      throw error;
    }
  };
  return {
    model: policy.model,
    tokenizer: policy.tokenizer,
    generate: (request) =>
      counted("generate", async () => {
        const result = await policy.generate(request);
        const sequences = result.completions.reduce((sum, group) => sum + group.length, 0);
        const { tokens, seconds } = result;
        telemetry.record({ kind: "sampled", priority: request.priority ?? "batch", sequences, tokens, seconds });
        return result;
      }),
    logprobs: (request) =>
      counted("logprobs", async () => {
        const started = performance.now();
        const result = await policy.logprobs(request);
        telemetry.record({
          kind: "scored",
          priority: request.priority ?? "batch",
          sequences: request.sequences.length,
          tokens: result.logprobs.reduce((sum, list) => sum + list.length, 0),
          seconds: (performance.now() - started) / 1000,
        });
        return result;
      }),
    openTrainer: async (weights, adapter) =>
      measured(await counted("openTrainer", () => policy.openTrainer(weights, adapter))),
    load: (directory) => counted("load", () => policy.load(directory)),
    save: (weights, directory) => counted("save", () => policy.save(weights, directory)),
    saveMerged: (weights, directory) => counted("saveMerged", () => policy.saveMerged(weights, directory)),
    has: (weights) => policy.has(weights),
    release: (weights) => policy.release(weights),
    close: () => policy.close(),
  };

  function measured(trainer: Trainer): Trainer {
    return {
      get weights() {
        return trainer.weights;
      },
      get updates() {
        return trainer.updates;
      },
      forwardBackward: (sequences, loss, signal) =>
        counted("forwardBackward", async () => {
          const started = performance.now();
          const metrics = await trainer.forwardBackward(sequences, loss, signal);
          const seconds = (performance.now() - started) / 1000;
          telemetry.record({ kind: "trained", sequences: metrics.sequences, tokens: metrics.tokens, seconds });
          return metrics;
        }),
      optimStep: (settings) => counted("optimStep", () => trainer.optimStep(settings)),
      close: () => trainer.close(),
    };
  }
}
