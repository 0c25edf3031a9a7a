/** SFT and AdamW against PyTorch on a tiny Qwen3, and what must not change a gradient. Errors are relative to the largest element. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parameterCount } from "../../../gpu/models/parameters.ts";
import { sftStep } from "../../../gpu/programs/sft-step.ts";
import type { Session } from "../../../gpu/runtime/session.ts";
import { expectClose } from "../../support/expect-close.ts";
import { flattenParameters, goldenQwen3, goldenTensors, splitParameters } from "../../support/golden-models.ts";
import { memoryPlans } from "../../support/memory-plans.ts";
import { expectAdamWSteps, runSft, type SftOptions } from "../../support/sft-training.ts";
import { fewer, openTestSession } from "../../support/test-device.ts";

for (const name of fewer(["tied", "untied"] as const))
  for (const [memory, plan] of memoryPlans)
    describe(`sftStep, ${name} embeddings, ${memory}`, () => {
      const golden = goldenQwen3(name);
      const { config, sequences } = golden;
      const size = parameterCount(config);
      const startingWeights = flattenParameters(config, goldenTensors(`${name}-weights`));
      let session: Session;
      beforeAll(async () => {
        session = await openTestSession(sftStep(config, plan));
      });
      afterAll(() => session.close());

      const step = (options: SftOptions = {}) => runSft(session, golden, startingWeights, options);

      it("gives PyTorch's loss and the gradient of every parameter", async () => {
        const { loss, gradient } = await step();
        expectClose([loss], [golden.sft.loss], 1e-6, "the loss");
        const expected = goldenTensors(`${name}-sft-gradient`);
        for (const [parameter, part] of splitParameters(config, gradient))
          expectClose(part, expected.get(parameter)!.data, 1e-5, `the gradient of ${parameter}`);
      });

      it("takes ten AdamW steps as PyTorch does", async () => {
        const sft = (weights: Float32Array) => runSft(session, golden, weights);
        const trained = await expectAdamWSteps(config, golden.adamw, startingWeights, sft, 1e-5);
        if (name === "untied") return;
        const expected = goldenTensors("tied-adamw-weights");
        for (const [parameter, part] of splitParameters(config, trained))
          expectClose(part, expected.get(parameter)!.data, 3e-6, `the weights of ${parameter} after ten steps`);
      });

      it("adds the gradients of micro-batches up to that of the batch", async () => {
        const whole = await step();
        let gradient: Float32Array = new Float32Array(size);
        let loss = 0;
        for (const s of sequences.keys()) {
          const part = await step({ which: [s], gradient });
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
        const plain = await step();
        for (const options of [{ padding: 7 }, { width: 16, padding: 39 }, { width: config.contextLength }]) {
          const padded = await step(options);
          expectClose(padded.logprobs, plain.logprobs, 1e-6, "the log-probabilities");
          expectClose(padded.gradient, plain.gradient, 2e-6, "the gradient");
        }
      });

      it("does not depend on the order of sequences and of scored rows", async () => {
        const plain = await step();
        const shuffled = await step({
          which: [5, 2, 7, 0, 3, 6, 1, 4],
          order: [...plain.logprobs.keys()].reverse(),
        });
        expect(shuffled.logprobs.length).toBe(plain.logprobs.length);
        expect([...shuffled.logprobs]).not.toEqual([...plain.logprobs]);
        expectClose([shuffled.loss], [plain.loss], 1e-6, "the loss");
        expectClose(shuffled.gradient, plain.gradient, 2e-6, "the gradient");
      });
    });
