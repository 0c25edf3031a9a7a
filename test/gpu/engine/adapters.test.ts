/** LoRA as the engine runs it, against PEFT on folders that PEFT wrote. */
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flatAdapter, freshAdapter, mergedWeights } from "../../../gpu/engine/adapters.ts";
import { standardMemory } from "../../../gpu/engine/fit-memory.ts";
import { namedTensors, tensorsOf } from "../../../gpu/engine/flat-weights.ts";
import { Generations } from "../../../gpu/engine/generations.ts";
import { loadBase, loadWeights } from "../../../gpu/engine/load-weights.ts";
import type { MappedWeights } from "../../../gpu/engine/mapped-weights.ts";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { unragged } from "../../../gpu/engine/ragged.ts";
import { scoreSequences } from "../../../gpu/engine/scorer.ts";
import { TrainerState, type TrainingSequence } from "../../../gpu/engine/trainer.ts";
import { WeightsStore } from "../../../gpu/engine/weights-store.ts";
import { aggregationWeights } from "../../../gpu/losses/aggregation.ts";
import type { DecoderConfig } from "../../../gpu/models/decoder-config.ts";
import { loraSpecs } from "../../../gpu/models/lora.ts";
import { keepEverything } from "../../../gpu/programs/memory-plan.ts";
import { sftStep } from "../../../gpu/programs/sft-step.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { readAdapterFolder, writeAdapterFolder } from "../../../gpu/weights/adapter-folder.ts";
import { readModelConfig, writeCheckpointFolder } from "../../../gpu/weights/checkpoint-folder.ts";
import { expectClose } from "../../support/expect-close.ts";
import { goldenAdapter, goldenAdapters, goldenFolder } from "../../support/golden-models.ts";
import { greedyTokens } from "../../support/greedy.ts";
import { testDevice as device, onCpu } from "../../support/test-device.ts";
import { tokenBatch } from "../../support/token-batch.ts";

const noPause = async () => undefined;
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "rzero-adapters-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const ways = goldenAdapters.flatMap((name) => (["fed", "mapped"] as const).map((frozen) => [name, frozen] as const));

describe.each(ways)("%s, its base %s", (name, frozen) => {
  const golden = goldenAdapter(name);
  const { directory: baseDirectory } = goldenFolder(golden.base);
  const { lora } = golden;
  let programs: ProgramCache;
  let config: DecoderConfig;
  let base: Float32Array;
  let flat: Float32Array;
  let store: WeightsStore;
  const specs = () => loraSpecs(config, lora);
  beforeAll(async () => {
    programs = new ProgramCache(device);
    config = (await readModelConfig(baseDirectory)).decoder;
    base = await loadWeights(config, baseDirectory);
    let mapped: MappedWeights | null = null;
    if (frozen === "mapped") {
      const directory = join(scratch, `${name}-base`); // as float32, whatever the original is
      await writeCheckpointFolder(directory, baseDirectory, namedTensors(config, base));
      ({ mapped } = await loadBase(config, directory));
      expect(mapped).not.toBeNull();
    }
    flat = flatAdapter(config, await readAdapterFolder(golden.directory), golden.directory);
    store = new WeightsStore(device, config, { flat: base, mapped });
  });
  afterAll(() => programs.close());

  const sequences = (first: readonly number[]): TrainingSequence[] =>
    golden.sequences.map((tokens, i) => ({
      tokens: Int32Array.from(tokens),
      from: first[i]!,
      advantage: 0,
      oldLogprobs: null,
      refLogprobs: null,
    }));
  const everyToken = golden.sequences.map(() => 1);
  const logprobsOf = async (digest: string) => {
    const resident = await store.resident(digest);
    const scores = await scoreSequences(
      programs,
      config,
      resident,
      sequences(everyToken),
      0,
      standardMemory(),
      noPause,
    );
    return scores.logprobs.flatMap((list) => [...list]);
  };

  it("is read from the folder that PEFT wrote", async () => {
    const folder = await readAdapterFolder(golden.directory);
    expect(folder.lora).toEqual({ ...lora, targets: folder.lora.targets });
    expect([...folder.lora.targets].sort()).toEqual([...lora.targets].sort());
    expect(folder.baseWeights).toBeNull();
  });

  it("gives PEFT's log-probabilities, over a base that is there once", async () => {
    const digest = store.put({ lora, flat });
    expectClose(await logprobsOf(digest), golden.logprobs.logprobs, 2e-6, "the log-probabilities");
    const other = store.put({ lora, flat: freshAdapter(config, lora, 1) });
    const [one, two] = [await store.resident(digest), await store.resident(other)];
    expect(two.mapped).toBe(one.mapped);
    expect(one.mapped !== null).toBe(frozen === "mapped" && device.traits.mapsFiles);
    for (const input of Object.keys(one.feeds).filter((key) => key !== "adapter"))
      expect(two.feeds[input]).toBe(one.feeds[input]);
  });

  it("changes nothing before its first update", async () => {
    const fresh = store.put({ lora, flat: freshAdapter(config, lora, 7) });
    expect(fresh).not.toBe(store.base);
    expectClose(await logprobsOf(fresh), await logprobsOf(store.base), 1e-6, "the log-probabilities");
  });

  it("merges as PEFT does", async () => {
    const merged = mergedWeights(config, base, lora, flat);
    expect(base).toEqual(await loadWeights(config, baseDirectory));
    expectClose(await logprobsOf(store.put({ lora: null, flat: merged })), golden.mergedLogprobs, 2e-6, "merged");
    expect(await greedyTokens(config, merged, golden.greedy.prompts, 24)).toEqual(golden.greedy.tokens);
  });

  // A pool runs loops, which WebGPU refuses.
  it.skipIf(!onCpu)("writes PEFT's greedy tokens block by block, two rows to a prompt", async () => {
    const digest = store.put({ lora, flat });
    const generations = new Generations(programs, config, standardMemory());
    const { prompts, tokens } = golden.greedy;
    const rowPrompt = Int32Array.from([...prompts.keys(), ...prompts.keys()]);
    const rows = { prompts: prompts.map((prompt) => Int32Array.from(prompt)), rowPrompt };
    const settings = { temperature: 0, topP: 1, topK: 0, minP: 0, maxTokens: 24, stopTokens: [] };
    const call = { priority: "interactive", pieces: true, progress: () => undefined, pause: noPause } as const;
    const written = await generations.sample(
      digest,
      await store.resident(digest),
      { ...rows, seeds: new Uint32Array(rowPrompt.length) },
      settings,
      call,
    );
    expect(unragged(written.tokens).map((row) => [...row])).toEqual([...tokens, ...tokens]);
  });

  it("gives PyTorch's gradient of every matrix", async () => {
    const weightOf = aggregationWeights(
      "token-mean",
      golden.sequences.map((tokens, i) => tokens.length - golden.promptLengths[i]!),
    );
    const batch = tokenBatch(golden.sequences, golden.promptLengths);
    const { feeds, layout, mapped } = await store.trainable(store.put({ lora, flat }));
    const session = await programs.get("gradient", () => sftStep(config, keepEverything, layout), { mapped });
    const result = await session.run({
      ...feeds,
      ...batch.inputs,
      gradient: float32(new Float32Array(flat.length), [flat.length]),
      tokenWeights: float32(
        Float32Array.from(batch.sequenceOf, (s) => weightOf[s]!),
        [batch.sequenceOf.length],
      ),
    });
    const gradient = result["gradient.next"]!.data as Float32Array;
    expect(golden.gradient.size).toBe(specs().length);
    for (const { name: tensor, data } of tensorsOf(specs(), gradient))
      expectClose(data, golden.gradient.get(tensor)!.data, 2e-5, `the gradient of ${tensor}`);
  });

  it("takes PyTorch's three AdamW steps, and leaves the base alone", async () => {
    const { losses, gradNorms, finalLoss, ...settings } = golden.adamw;
    const before = base.slice();
    let digest = store.put({ lora, flat });
    const state = await TrainerState.open(programs, config, await store.trainable(digest));
    try {
      const step = () =>
        state.forwardBackward(
          sequences(golden.promptLengths),
          { kind: "cross-entropy", lossAggregation: "token-mean" },
          noPause,
        );
      for (const [i, expected] of losses.entries()) {
        // Adam first moves every weight by its gradient's sign, so where a gradient is noise the next step differs by a weight
        const tolerance = i === 0 ? 1e-5 : 1e-4;
        const { loss } = await step();
        expectClose([loss], [expected], tolerance, `the loss of step ${i + 1}`);
        const { weights, gradNorm } = await state.optimStep(settings);
        expectClose([gradNorm], [gradNorms[i]!], tolerance, `the gradient norm of step ${i + 1}`);
        digest = await store.adopt(lora, weights!);
        state.continueFrom(await store.trainable(digest));
      }
      expectClose([(await step()).loss], [finalLoss], 1e-4, "the loss after the last step");
      for (const { name: tensor, data } of tensorsOf(specs(), (await store.get(digest)).flat))
        expectClose(data, golden.trained.get(tensor)!.data, 1e-3, `${tensor} after three steps`);
      expect(base).toEqual(before);
    } finally {
      state.close();
    }
  });

  it("comes back from its own folder with the digest of its file", async () => {
    const directory = join(scratch, `${name}-${frozen}`);
    const digest = store.put({ lora, flat });
    const written = await writeAdapterFolder(
      directory,
      lora,
      { model: golden.base, weights: store.base },
      tensorsOf(specs(), flat),
    );
    const bytes = await readFile(join(directory, "adapter_model.safetensors"));
    expect(written.digest).toBe(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    expect(written.digest).toBe(digest);
    const again = await readAdapterFolder(directory);
    expect(again.baseWeights).toBe(store.base);
    expect(flatAdapter(config, again, directory)).toEqual(flat);
  });
});

describe("an adapter's digest", () => {
  it("differs with the base and with alpha, which its tensors do not tell", async () => {
    const { directory: baseDirectory } = goldenFolder("qwen2");
    const { decoder: config } = await readModelConfig(baseDirectory);
    const base = await loadWeights(config, baseDirectory);
    const lora = { rank: 2, alpha: 4, targets: ["q_proj"] as const };
    const flat = freshAdapter(config, lora, 1);
    const store = new WeightsStore(device, config, { flat: base, mapped: null });
    const elsewhere = new WeightsStore(device, config, { flat: base.map((w) => w / 2), mapped: null });
    const digests = [
      store.put({ lora, flat }),
      store.put({ lora: { ...lora, alpha: 8 }, flat }),
      elsewhere.put({ lora, flat }),
    ];
    expect(new Set(digests).size).toBe(3);
  });
});

describe("a folder that is not plain LoRA is refused by name", () => {
  const { directory } = goldenAdapter("qwen2-all");
  for (const [field, value, message] of [
    ["use_dora", true, /use_dora is true; expected false/],
    ["use_rslora", true, /use_rslora/],
    ["peft_type", "IA3", /peft_type is "IA3"/],
    ["lora_dropout", 0.1, /lora_dropout/],
    ["modules_to_save", ["lm_head"], /modules_to_save/],
    ["target_modules", ["q_proj", "conv1d"], /target_modules/],
    ["use_qalora", true, /use_qalora/],
    ["rank_pattern", { q_proj: 8 }, /rank_pattern/],
    ["r", 0, /r is 0/],
    ["r", 5, /lora_A.weight" has the shape/],
    ["target_modules", ["q_proj"], /is of no target/],
  ] as const)
    it(`${field} ${JSON.stringify(value)}`, async () => {
      const copy = await mkdtemp(join(scratch, "refused-"));
      await cp(directory, copy, { recursive: true });
      const path = join(copy, "adapter_config.json");
      const config = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
      await writeFile(path, JSON.stringify({ ...config, [field]: value }));
      const { decoder } = await readModelConfig(goldenFolder("qwen2").directory);
      const read = async () => flatAdapter(decoder, await readAdapterFolder(copy), copy);
      await expect(read()).rejects.toThrow(message);
    });
});
