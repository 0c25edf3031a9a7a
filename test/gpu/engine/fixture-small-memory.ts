/**
 * Trains (`argv[2]` train) or samples (sample) a batch whose logits alone are 0.5 GB (0.8 GB), in an address space that is 230 MiB larger
 * than what the process has when it begins. Prints one JSON line of what came of it.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { unragged } from "../../../gpu/engine/ragged.ts";
import { sampleRows } from "../../../gpu/engine/sampler.ts";
import { TrainerState } from "../../../gpu/engine/trainer.ts";
import { wholeModel } from "../../../gpu/engine/weights-store.ts";
import type { DecoderConfig } from "../../../gpu/models/decoder-config.ts";
import { ComputeDevice } from "../../../gpu/runtime/compute-device.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { randomWeights, tinyConfig } from "../../support/tiny-model.ts";

/** The largest vocabulary whose logits training makes all at once, and one too large to sample for many rows. */
const V = process.argv[2] === "train" ? 32_768 : 100_000;
const config: DecoderConfig = { ...tinyConfig, layers: 1, hiddenSize: 8, vocabularySize: V, contextLength: 8192 };
const device = ComputeDevice.cpu(1);
const programs = new ProgramCache(device);

/** Sequences `from` to `to` of `length` tokens. */
const texts = (from: number, to: number, length = 64) =>
  Array.from({ length: to - from }, (_, s) => ({
    tokens: Int32Array.from({ length }, (_, t) => ((from + s) * 31 + t * 7) % V),
    from: 1,
    advantage: 1,
    oldLogprobs: null,
    refLogprobs: null,
  }));

/** The runtime's arena takes what is left up to the next power of two: these sizes leave V8 room at every try. */
function limitMemory(): void {
  const pages = Number(readFileSync("/proc/self/statm", "utf8").split(" ")[0]);
  execFileSync("prlimit", ["--pid", String(process.pid), `--as=${pages * 4096 + 230 * 2 ** 20}`]);
}

async function train() {
  const flat = randomWeights(config, 5);
  const trainer = await TrainerState.open(
    programs,
    config,
    wholeModel(await device.upload(float32(flat, [flat.length]))),
  );
  const run = (batch: ReturnType<typeof texts>) =>
    trainer.forwardBackward(batch, { kind: "cross-entropy", lossAggregation: "token-mean" }, async () => undefined);
  const alone = [...(await run(texts(0, 1))).logprobs, ...(await run(texts(63, 64))).logprobs];
  limitMemory();
  const { microBatches, tokens, logprobs } = await run(texts(0, 64));
  const failure = await run(texts(0, 1, 8192)).then(
    () => null,
    (error: Error & { code?: string }) => ({ code: error.code, message: error.message }),
  );
  const together = [logprobs[0]!, logprobs[63]!];
  const largest = Math.max(...together.flatMap((list, i) => [...list].map((x, t) => Math.abs(x - alone[i]![t]!))));
  return { microBatches, tokens, largest, failure };
}

async function sample() {
  const flat = randomWeights(config, 5);
  const weights = await device.upload(float32(flat, [flat.length]));
  const draw = async (seeds: readonly number[]) => {
    const settings = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 2, stopTokens: [] };
    const rows = {
      prompts: [Int32Array.of(5, 6, 7)],
      rowPrompt: new Int32Array(seeds.length),
      seeds: Uint32Array.from(seeds),
    };
    return unragged((await sampleRows(programs, config, wholeModel(weights), rows, settings)).tokens).map((list) => [
      ...list,
    ]);
  };
  const some = [0, 1, 1000, 2015];
  const alone = await draw(some);
  limitMemory();
  const together = await draw(Array.from({ length: 2016 }, (_, seed) => seed));
  return { rows: together.length, alone, together: some.map((seed) => together[seed]) };
}

process.stdout.write(`${JSON.stringify(process.argv[2] === "train" ? await train() : await sample())}\n`);
