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

policySuite("onnx policy on abacus, training adapters", {
  open,
  prompts: ["<|user|>propose<|assistant|>", solverPrompt],
  maxTokens: 48,
  learningRate: 1e-2,
  logprobTolerance: 1e-4,
  gradientTolerance: 1e-4,
  adapter: { rank: 4, alpha: 8, targets: ["q_proj", "v_proj", "down_proj"], seed: 3 },
});

describe("adapters of the policy", () => {
  let policy: OnnxPolicy;
  beforeAll(async () => {
    policy = await open();
  });
  afterAll(() => policy.close());
  const adamW = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };
  const adapter = { rank: 2, alpha: 4, targets: ["o_proj"], seed: 1 };
  const batch = () => [
    {
      tokenIds: policy.tokenizer.encode(`${solverPrompt}30,28`),
      completionStart: policy.tokenizer.encode(solverPrompt).length,
    },
  ];
  const loss = { kind: "cross-entropy", lossAggregation: "token-mean" } as const;

  it("are trained further as they are, and two stand side by side", async () => {
    const { baseWeights } = policy.model;
    const first = await policy.openTrainer(baseWeights, adapter);
    const second = await policy.openTrainer(baseWeights, { ...adapter, seed: 2 });
    for (const trainer of [first, second]) {
      await trainer.forwardBackward(batch(), loss);
      await trainer.optimStep(adamW);
    }
    expect(new Set([baseWeights, first.weights, second.weights]).size).toBe(3);
    const further = await policy.openTrainer(first.weights);
    const before = await further.forwardBackward(batch(), loss);
    await further.optimStep(adamW);
    expect((await further.forwardBackward(batch(), loss)).loss).toBeLessThan(before.loss);
    for (const trainer of [first, second, further]) await trainer.close();
  });

  it("stand on the base only, and on projections that there are", async () => {
    const { baseWeights } = policy.model;
    await expect(policy.openTrainer(baseWeights, { ...adapter, targets: ["x_proj"] })).rejects.toMatchObject({
      code: "invalid-request",
      message: expect.stringContaining("x_proj"),
    });
    const trainer = await policy.openTrainer(baseWeights, adapter);
    await trainer.forwardBackward(batch(), loss);
    await trainer.optimStep(adamW);
    await trainer.close();
    await expect(policy.openTrainer(trainer.weights, adapter)).rejects.toMatchObject({ code: "invalid-request" });
  });
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
