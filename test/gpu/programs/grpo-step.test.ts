/** GRPO through a whole tiny Qwen3 against PyTorch. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aggregationWeights, type LossAggregation } from "../../../gpu/losses/aggregation.ts";
import { parameterCount } from "../../../gpu/models/parameters.ts";
import { grpoMetricNames, grpoStep } from "../../../gpu/programs/grpo-step.ts";
import type { Session } from "../../../gpu/runtime/session.ts";
import { float32, type HostTensor } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { flattenParameters, goldenQwen3, goldenTensors, splitParameters } from "../../support/golden-models.ts";
import { memoryPlans } from "../../support/memory-plans.ts";
import { fewer, openTestSession } from "../../support/test-device.ts";
import { type TokenBatchOptions, tokenBatch } from "../../support/token-batch.ts";

const floats = (tensor: HostTensor | undefined) => tensor!.data as Float32Array;

for (const name of fewer(["untied", "tied"] as const)) {
  const { config, sequences, promptLengths, grpo } = goldenQwen3(name);
  const size = parameterCount(config);
  const weights = float32(flattenParameters(config, goldenTensors(`${name}-weights`)), [size]);
  const expectedGradients = goldenTensors(`${name}-grpo-gradient`);
  const lengths = sequences.map((s, i) => s.length - promptLengths[i]!);
  const firstScored = lengths.map((_, s) => lengths.slice(0, s).reduce((a, b) => a + b, 0));
  const everySequence = sequences.map((_, i) => i);

  for (const [variant, golden] of Object.entries(grpo))
    for (const [memory, plan] of memoryPlans)
      describe(`grpoStep, ${name} embeddings, ${variant}, ${memory}`, () => {
        let session: Session;
        beforeAll(async () => {
          session = await openTestSession(grpoStep(config, golden.program, plan));
        });
        afterAll(() => session.close());

        const step = async (
          which: readonly number[],
          aggregation: LossAggregation = "token-mean",
          gradient: Float32Array = new Float32Array(size),
          options: TokenBatchOptions = {},
        ) => {
          const batch = tokenBatch(
            which.map((s) => sequences[s]!),
            which.map((s) => promptLengths[s]!),
            options,
          );
          const perSequence = aggregationWeights(aggregation, lengths);
          const ofBatch = (values: readonly number[]) => {
            const picked = which.flatMap((s) => values.slice(firstScored[s]!, firstScored[s]! + lengths[s]!));
            return float32(Float32Array.from(picked), [picked.length]);
          };
          const { givenOldLogprobs, klCoef } = golden.program;
          const result = await session.run({
            ...batch.inputs,
            weights,
            gradient: float32(gradient, [size]),
            tokenWeights: ofBatch(sequences.flatMap((_, s) => Array<number>(lengths[s]!).fill(perSequence[s]!))),
            advantages: ofBatch(golden.advantages),
            ...(givenOldLogprobs ? { oldLogprobs: ofBatch(golden.oldLogprobs) } : {}),
            ...(klCoef > 0 ? { refLogprobs: ofBatch(golden.refLogprobs) } : {}),
          });
          return {
            gradient: floats(result["gradient.next"]),
            metrics: floats(result.metrics),
            logprobs: floats(result.logprobs),
          };
        };

        it("gives PyTorch's metrics, log-probabilities and gradients", async () => {
          const result = await step(everySequence);
          expectClose(result.logprobs, golden.logprobs, 1e-6, "the log-probabilities");
          for (const [i, metric] of grpoMetricNames.entries())
            expectClose([result.metrics[i]!], [golden.metrics[metric]!], 1e-5, metric, 0.1);
          let compared = 0;
          for (const [parameter, part] of splitParameters(config, result.gradient)) {
            const expected = expectedGradients.get(`${variant}/${parameter}`);
            if (!expected) continue;
            compared++;
            expectClose(part, expected.data, 2e-5, `the gradient of ${parameter}`);
          }
          expect(compared, "gains of every layer, the last norm and the embedding").toBe(4 * config.layers + 2);
        });

        for (const aggregation of fewer(["token-mean", "seq-mean-token-mean", "seq-mean-token-sum"] as const)) {
          it(`adds micro-batches up to the batch with ${aggregation}`, async () => {
            const whole = await step(everySequence, aggregation);
            let gradient: Float32Array = new Float32Array(size);
            const metrics = new Float64Array(grpoMetricNames.length);
            for (const s of everySequence) {
              const part = await step([s], aggregation, gradient);
              gradient = part.gradient;
              for (const [i, value] of part.metrics.entries()) metrics[i]! += value;
            }
            for (const [i, metric] of grpoMetricNames.entries())
              expectClose([metrics[i]!], [whole.metrics[i]!], 1e-5, metric, 0.1);
            for (const [parameter, part] of splitParameters(config, gradient))
              expectClose(
                part,
                splitParameters(config, whole.gradient).get(parameter)!,
                1e-5,
                `the gradient of ${parameter}`,
              );
          });
        }

        it("does not see the padding", async () => {
          const plain = await step(everySequence);
          const padded = await step(everySequence, "token-mean", new Float32Array(size), { width: 16, padding: 3 });
          expectClose(padded.metrics, plain.metrics, 1e-6, "the metrics");
          expectClose(padded.gradient, plain.gradient, 2e-6, "the gradient");
        });
      });
}
