/** SFT and AdamW against PyTorch on a tiny Qwen3, and what must not change a gradient. Errors are relative to the largest element. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aggregationWeights } from "../../../gpu/losses/aggregation.ts";
import { parameterCount, parameterSpecs, sizeOfSpec } from "../../../gpu/models/parameters.ts";
import { adamWScalarNames, adamWStep } from "../../../gpu/programs/adamw-step.ts";
import { sftStep } from "../../../gpu/programs/sft-step.ts";
import type { Session } from "../../../gpu/runtime/session.ts";
import { float32, type HostTensor } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { flattenParameters, goldenQwen3, goldenTensors, splitParameters } from "../../support/golden-qwen3.ts";
import { fewer, openTestSession } from "../../support/test-device.ts";
import { type TokenBatchOptions, tokenBatch } from "../../support/token-batch.ts";

const floats = (tensor: HostTensor | undefined) => tensor!.data as Float32Array;

for (const name of fewer(["tied", "untied"] as const)) {
  describe(`sftStep, ${name} embeddings`, () => {
    const golden = goldenQwen3(name);
    const { config, sequences, promptLengths } = golden;
    const size = parameterCount(config);
    const startingWeights = flattenParameters(config, goldenTensors(`${name}-weights`));
    const weightsPerSequence = aggregationWeights(
      "token-mean",
      sequences.map((s, i) => s.length - promptLengths[i]!),
    );
    let session: Session;
    beforeAll(async () => {
      session = await openTestSession(sftStep(config));
    });
    afterAll(() => session.close());

    /** Sequences `which`, weighted as in the whole batch; the gradient is added to `gradient`. */
    const step = async (
      which: readonly number[],
      options: TokenBatchOptions = {},
      {
        weights = startingWeights,
        gradient = new Float32Array(size),
      }: { weights?: Float32Array; gradient?: Float32Array } = {},
    ) => {
      const batch = tokenBatch(
        which.map((s) => sequences[s]!),
        which.map((s) => promptLengths[s]!),
        options,
      );
      const tokenWeights = Float32Array.from(batch.sequenceOf, (s) => weightsPerSequence[which[s]!]!);
      const result = await session.run({
        ...batch.inputs,
        weights: float32(weights, [size]),
        gradient: float32(gradient, [size]),
        tokenWeights: float32(tokenWeights, [tokenWeights.length]),
      });
      return {
        gradient: floats(result["gradient.next"]),
        loss: floats(result.metrics)[0]!,
        logprobs: floats(result.logprobs),
      };
    };
    const everySequence = sequences.map((_, i) => i);

    it("gives PyTorch's loss and the gradient of every parameter", async () => {
      const { loss, gradient } = await step(everySequence);
      expectClose([loss], [golden.sft.loss], 1e-6, "the loss");
      const expected = goldenTensors(`${name}-sft-gradient`);
      for (const [parameter, part] of splitParameters(config, gradient))
        expectClose(part, expected.get(parameter)!.data, 1e-5, `the gradient of ${parameter}`);
    });

    it("takes ten AdamW steps as PyTorch does", async () => {
      const { losses, gradNorms, finalLoss, ...settings } = golden.adamw;
      const decayMask = Float32Array.from(
        parameterSpecs(config).flatMap((spec) => Array<number>(sizeOfSpec(spec)).fill(Number(spec.decayed))),
      );
      const update = await openTestSession(adamWStep(size));
      try {
        let weights: Float32Array = startingWeights;
        let firstMoment: Float32Array = new Float32Array(size);
        let secondMoment: Float32Array = new Float32Array(size);
        for (const [i, expectedLoss] of losses.entries()) {
          const { loss, gradient } = await step(everySequence, {}, { weights });
          expectClose([loss], [expectedLoss], 1e-5, `the loss of step ${i + 1}`);
          const scalars = {
            ...settings,
            correction1: 1 - settings.beta1 ** (i + 1),
            correction2: 1 - settings.beta2 ** (i + 1),
          };
          const next = await update.run({
            weights: float32(weights, [size]),
            firstMoment: float32(firstMoment, [size]),
            secondMoment: float32(secondMoment, [size]),
            gradient: float32(gradient, [size]),
            decayMask: float32(decayMask, [size]),
            scalars: float32(
              Float32Array.from(adamWScalarNames, (scalar) => scalars[scalar]),
              [adamWScalarNames.length],
            ),
          });
          expectClose(floats(next.gradNorm), [gradNorms[i]!], 1e-5, `the gradient norm of step ${i + 1}`);
          weights = floats(next["weights.next"]);
          firstMoment = floats(next["firstMoment.next"]);
          secondMoment = floats(next["secondMoment.next"]);
        }
        expectClose([(await step(everySequence, {}, { weights })).loss], [finalLoss], 1e-5, "the loss after ten steps");
        if (name === "tied") {
          const expected = goldenTensors("tied-adamw-weights");
          for (const [parameter, part] of splitParameters(config, weights))
            expectClose(part, expected.get(parameter)!.data, 3e-6, `the weights of ${parameter} after ten steps`);
        }
      } finally {
        await update.close();
      }
    });

    it("adds the gradients of micro-batches up to that of the batch", async () => {
      const whole = await step(everySequence);
      let gradient: Float32Array = new Float32Array(size);
      let loss = 0;
      for (const s of everySequence) {
        const part = await step([s], {}, { gradient });
        gradient = part.gradient;
        loss += part.loss;
      }
      expectClose([loss], [whole.loss], 1e-6, "the loss");
      for (const [parameter, part] of splitParameters(config, gradient))
        expectClose(
          part,
          splitParameters(config, whole.gradient).get(parameter)!,
          1e-5,
          `the gradient of ${parameter}`,
        );
    });

    it("does not see how much padding there is, nor what stands in it", async () => {
      const plain = await step(everySequence);
      for (const options of [{ padding: 7 }, { width: 16, padding: 39 }, { width: config.contextLength }]) {
        const padded = await step(everySequence, options);
        expectClose(padded.logprobs, plain.logprobs, 1e-6, "the log-probabilities");
        expectClose(padded.gradient, plain.gradient, 2e-6, "the gradient");
      }
    });

    it("does not depend on the order of sequences and of scored rows", async () => {
      const plain = await step(everySequence);
      const shuffled = await step([5, 2, 7, 0, 3, 6, 1, 4], {
        order: [...plain.logprobs.keys()].reverse(),
      });
      expect(shuffled.logprobs.length).toBe(plain.logprobs.length);
      expect([...shuffled.logprobs]).not.toEqual([...plain.logprobs]);
      expectClose([shuffled.loss], [plain.loss], 1e-6, "the loss");
      expectClose(shuffled.gradient, plain.gradient, 2e-6, "the gradient");
    });
  });
}
