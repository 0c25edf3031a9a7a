import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOnnxPolicy, type OnnxPolicy } from "../../../src/policy/onnx-policy.ts";
import { PolicyError } from "../../../src/policy/policy.ts";
import { policySuite } from "../../support/policy-suite.ts";

const modelDirectory = fileURLToPath(new URL("../../../models/abacus", import.meta.url));
const open = () => createOnnxPolicy({ modelDirectory, threads: 1 });
const solverPrompt = "<|user|>12+18-2<|assistant|>";

policySuite("onnx policy on abacus", {
  open,
  prompts: ["<|user|>propose<|assistant|>", solverPrompt],
  maxTokens: 48,
  learningRate: 1e-3,
  logprobTolerance: 1e-4,
  gradientTolerance: 1e-4,
});

describe("the device process behind the policy", () => {
  let policy: OnnxPolicy;
  beforeAll(async () => {
    policy = await open();
  });
  afterAll(() => policy.close());

  const sampling = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 48 };
  const generate = (seeds: number[], extra: object = {}) =>
    policy.generate({
      weights: policy.model.baseWeights,
      prompts: [{ tokenIds: policy.tokenizer.encode(solverPrompt), seeds }],
      sampling: { ...sampling, ...extra },
    });

  it("answers a question of the domain, step by step, likeliest words first", async () => {
    const { completions } = await generate([1], { temperature: 0 });
    expect(completions[0]![0]!.text).toBe("30,\\boxed{28}");
    expect(completions[0]![0]!.finishReason).toBe("stop");
  });

  it("cuts at a stop string: text before it, tokens and log-probabilities up to it", async () => {
    const { completions } = await generate([1], { temperature: 0, stop: [","] });
    const [completion] = completions[0]!;
    expect(completion!.text).toBe("30");
    expect(policy.tokenizer.decode(completion!.tokenIds)).toBe("30,");
    expect(completion!.rawLogprobs.length).toBe(completion!.tokenIds.length);
  });

  it("samples what the trainer then scores, to 1e-4 on every token", async () => {
    const { completions } = await generate(Array.from({ length: 64 }, (_, i) => i));
    const prompt = policy.tokenizer.encode(solverPrompt);
    const trainer = await policy.openTrainer(policy.model.baseWeights);
    const result = await trainer.forwardBackward(
      completions[0]!.map(({ tokenIds }) => ({ tokenIds: [...prompt, ...tokenIds], completionStart: prompt.length })),
      { kind: "cross-entropy", lossAggregation: "token-mean" },
    );
    const gaps = completions[0]!.flatMap(({ rawLogprobs }, i) =>
      Array.from(rawLogprobs, (value, t) => Math.abs(value - result.logprobs[i]![t]!)),
    );
    await trainer.close();
    expect(Math.max(...gaps)).toBeLessThan(1e-4);
  });

  it("says which weights are missing, and refuses a folder that is no model", async () => {
    await expect(generateWith(`sha256:${"0".repeat(64)}`)).rejects.toMatchObject({ code: "weights-not-loaded" });
    await expect(policy.load("/nowhere/at/all")).rejects.toMatchObject({ code: "invalid-checkpoint" });
    await expect(createOnnxPolicy({ modelDirectory: "/nowhere", threads: 1 })).rejects.toThrow(/\/nowhere/);
  });

  const generateWith = (weights: `sha256:${string}`) =>
    policy.generate({ weights, prompts: [{ tokenIds: [2, 3], seeds: [1] }], sampling });

  it("loses trainers with its process, says so, and works on in a new one", async () => {
    const trainer = await policy.openTrainer(policy.model.baseWeights);
    const pid = policy.devicePid;
    expect(pid).toBeGreaterThan(0);
    const before = await generate([5]);
    process.kill(pid!, "SIGKILL");
    const lost = generate([5]).catch((error: unknown) => error);
    const outcome = await lost;
    if (outcome instanceof Error) expect((outcome as PolicyError).code).toBe("engine-crashed");
    const after = await generate([5]);
    expect(after.completions[0]![0]!.tokenIds).toEqual(before.completions[0]![0]!.tokenIds);
    await expect(
      trainer.optimStep({ learningRate: 1, beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0, maxGradNorm: 1 }),
    ).rejects.toMatchObject({
      code: "engine-crashed",
      name: PolicyError.name,
    });
    await trainer.close();
  });
});
