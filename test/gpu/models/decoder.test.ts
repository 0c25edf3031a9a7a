/** The Qwen3 decoder against transformers' Qwen3ForCausalLM, through the program that scores texts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parameterCount } from "../../../gpu/models/parameters.ts";
import { logprobsProgram } from "../../../gpu/programs/logprobs.ts";
import type { Session } from "../../../gpu/runtime/session.ts";
import { float32, type HostTensor } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { flattenParameters, goldenQwen3, goldenTensors } from "../../support/golden-models.ts";
import { greedyTokens } from "../../support/greedy.ts";
import { memoryPlans } from "../../support/memory-plans.ts";
import { openTestSession } from "../../support/test-device.ts";
import { type TokenBatchOptions, tokenBatch } from "../../support/token-batch.ts";

const floats = (tensor: HostTensor | undefined) => tensor!.data as Float32Array;

for (const name of ["tied", "untied"] as const)
  for (const [memory, plan] of memoryPlans)
    describe(`the decoder with ${name} embeddings, ${memory}`, () => {
      const { config, sequences, logprobs: expected, greedy } = goldenQwen3(name);
      const flat = flattenParameters(config, goldenTensors(`${name}-weights`));
      const weights = float32(flat, [parameterCount(config)]);
      let session: Session;
      beforeAll(async () => {
        session = await openTestSession(logprobsProgram(config, expected.k, plan));
      });
      afterAll(() => session.close());

      const score = (which: readonly (readonly number[])[], options?: TokenBatchOptions) => {
        const { tokens, rows, targets } = tokenBatch(
          which,
          which.map(() => 1),
          options,
        ).inputs;
        return session.run({ weights, tokens, rows, targets });
      };

      it("gives transformers' log-probabilities and entropies in a ragged batch", async () => {
        const result = await score(sequences);
        expect(result.logprobs!.shape).toEqual([expected.logprobs.length]);
        expectClose(floats(result.logprobs), expected.logprobs, 1e-6, "the log-probabilities");
        expectClose(floats(result.entropies), expected.entropies, 2e-6, "the entropies");
      });

      it("gives transformers' likeliest tokens, largest first", async () => {
        const result = await score(sequences);
        expect(result.topTokens!.shape).toEqual([expected.logprobs.length, expected.k]);
        expect(Array.from(result.topTokens!.data, Number)).toEqual(expected.topTokens.flat());
        expectClose(floats(result.topLogprobs), expected.topLogprobs.flat(), 1e-6, "the top log-probabilities");
      });

      it("samples the 24 tokens of transformers' greedy generation", async () => {
        expect(await greedyTokens(config, flat, greedy.prompts, 24)).toEqual(greedy.tokens);
      });

      it("scores a text the same alone, in a batch and beside any padding", async () => {
        const together = floats((await score(sequences, { width: config.contextLength, padding: 11 })).logprobs);
        let start = 0;
        for (const sequence of sequences) {
          const alone = floats((await score([sequence])).logprobs);
          expectClose(together.subarray(start, start + alone.length), alone, 2e-6, "the log-probabilities");
          start += alone.length;
        }
        expect(start).toBe(together.length);
      });

      it("does not let a token see what comes after it", async () => {
        const [sequence] = sequences as [readonly number[]];
        const before = floats((await score([sequence])).logprobs);
        const changed = sequence.map((token, t) => (t < 5 ? token : (token + 1) % config.vocabularySize));
        const after = floats((await score([changed])).logprobs);
        expect([...after.subarray(0, 4)]).toEqual([...before.subarray(0, 4)]);
        expect([...after.subarray(4)]).not.toEqual([...before.subarray(4)]);
      });
    });
