import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type Device, openDevice, openTokenizer } from "../../../gpu/index.ts";
import { generate } from "../../../src/policy/onnx-policy-generate.ts";

const directory = fileURLToPath(new URL("../../../models/abacus", import.meta.url));
type Progress = { readonly tokens: number };

it("ends sampling at a stop string, though nobody is told of pieces, and gives what the whole text cut there is", async () => {
  const device = await openDevice({ directory, threads: 1, device: "cpu" });
  try {
    const tokenizer = await openTokenizer(directory);
    const prompt = tokenizer.encode("<|user|>12+18-2<|assistant|>");
    // Hot enough to ramble on for long.
    const ask = async (seed: number, stop: readonly string[]) => {
      const sampled = { most: 0, cancelled: false };
      const call = async (...[method, parameters, options]: Parameters<Device["call"]>) => {
        const onProgress = (progress: Progress) => {
          sampled.most = Math.max(sampled.most, progress.tokens);
          (options?.onProgress as ((progress: Progress) => void) | undefined)?.(progress);
        };
        const result = device.call(method, parameters, { ...options, onProgress } as never);
        result.catch(() => {
          sampled.cancelled = true;
        });
        return result;
      };
      const { completions, tokens } = await generate(
        { device: { ...device, call: call as Device["call"] }, eosTokenIds: tokenizer.eosTokenIds, tokenizer },
        {
          weights: device.model.baseWeights,
          prompts: [{ tokenIds: prompt, seeds: [seed] }],
          sampling: { temperature: 100, topP: 1, topK: 0, minP: 0, maxTokens: 200, stop },
          priority: "interactive",
        },
      );
      return { completion: completions[0]![0]!, tokens, sampled };
    };
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const whole = await Promise.all(seeds.map((seed) => ask(seed, [])));
    const { completion: long } = whole.reduce((a, b) => (b.tokens > a.tokens ? b : a));
    expect(long.tokenIds.length).toBeGreaterThan(60);

    const stop = long.text.slice(4, 7);
    const { completion, tokens, sampled } = await ask(long.seed, [stop]);
    expect(completion.text).toBe(long.text.slice(0, long.text.indexOf(stop)));
    expect(completion.tokenIds).toEqual(long.tokenIds.slice(0, tokens));
    expect(completion.finishReason).toBe("stop");
    for (const kind of ["sampledLogprobs", "rawLogprobs"] as const)
      for (const [t, logprob] of completion[kind].entries()) expect(logprob).toBeCloseTo(long[kind][t]!, 4);
    expect(sampled.cancelled).toBe(true);
    expect(sampled.most).toBeLessThan(tokens + 17); // blocks of 8, and one more that had begun
  } finally {
    await device.close();
  }
});
