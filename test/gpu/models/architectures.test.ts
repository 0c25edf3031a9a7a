/** Every architecture from its folder on disk against transformers, which read the same folder. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namedTensors } from "../../../gpu/engine/flat-weights.ts";
import { loadWeights } from "../../../gpu/engine/load-weights.ts";
import type { DecoderConfig } from "../../../gpu/models/decoder-config.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { logprobsProgram } from "../../../gpu/programs/logprobs.ts";
import { sftStep } from "../../../gpu/programs/sft-step.ts";
import { Session } from "../../../gpu/runtime/session.ts";
import { float32, type HostTensor } from "../../../gpu/runtime/tensor.ts";
import { readModelConfig } from "../../../gpu/weights/checkpoint-folder.ts";
import { expectClose } from "../../support/expect-close.ts";
import { goldenArchitectures, goldenFolder } from "../../support/golden-models.ts";
import { greedyTokens } from "../../support/greedy.ts";
import { expectAdamWSteps, runSft } from "../../support/sft-training.ts";
import { tokenBatch } from "../../support/token-batch.ts";

const floats = (tensor: HostTensor | undefined) => tensor!.data as Float32Array;

describe.each(goldenArchitectures)("%s", (name) => {
  const golden = goldenFolder(name);
  let config: DecoderConfig;
  let weights: Float32Array;
  let sft: Session;
  beforeAll(async () => {
    config = (await readModelConfig(golden.directory)).decoder;
    weights = await loadWeights(config, golden.directory);
    sft = await Session.open(writeModel(sftStep(config)), { threads: 1 });
  });
  afterAll(() => sft.close());

  it("gives transformers' log-probabilities, entropies and likeliest tokens", async () => {
    const { k, ...expected } = golden.logprobs;
    const { tokens, rows, targets } = tokenBatch(
      golden.sequences,
      golden.sequences.map(() => 1),
    ).inputs;
    const session = await Session.open(writeModel(logprobsProgram(config, k)), { threads: 1 });
    try {
      const result = await session.run({ weights: float32(weights, [weights.length]), tokens, rows, targets });
      expectClose(floats(result.logprobs), expected.logprobs, 2e-5, "the log-probabilities");
      expectClose(floats(result.entropies), expected.entropies, 2e-5, "the entropies");
      expectClose(floats(result.topLogprobs), expected.topLogprobs.flat(), 2e-5, "the top log-probabilities");
      expect(Array.from(result.topTokens!.data, Number)).toEqual(expected.topTokens.flat());
    } finally {
      await session.close();
    }
  });

  it("samples the same 24 greedy tokens", async () => {
    const { prompts, tokens } = golden.greedy;
    expect(await greedyTokens(config, weights, prompts, 24)).toEqual(tokens);
  });

  it("gives PyTorch's loss and the gradient of every parameter", async () => {
    const { loss, gradient } = await runSft(sft, golden, weights);
    expectClose([loss], [golden.sft.loss], 1e-5, "the loss");
    expect(golden.gradient.size).toBe(namedTensors(config, gradient).length);
    for (const { name: parameter, data } of namedTensors(config, gradient))
      expectClose(data, golden.gradient.get(parameter)!.data, 1e-4, `the gradient of ${parameter}`);
  });

  it("takes three AdamW steps as PyTorch does", async () => {
    const trained = await expectAdamWSteps(config, golden.adamw, weights, (at) => runSft(sft, golden, at), 1e-4);
    // AdamW divides by the root of a mean square: where a gradient is almost 0, its rounding decides the step.
    for (const { name: parameter, data } of namedTensors(config, trained))
      expectClose(data, golden.trained.get(parameter)!.data, 1e-3, `the weights of ${parameter} after three steps`);
  });
});
