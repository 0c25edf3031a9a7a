/** The two ways a generation runs write the same tokens. On the CPU, where both can be run. */
import { afterAll, describe, expect, it } from "vitest";
import { type Generation, generators } from "../../../gpu/engine/generate.ts";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { wholeModel } from "../../../gpu/engine/weights-store.ts";
import { ComputeDevice } from "../../../gpu/runtime/compute-device.ts";
import { liveDeviceTensors } from "../../../gpu/runtime/session.ts";
import { float32, int64 } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { randomWeights, tinyConfig } from "../../support/tiny-model.ts";

const device = ComputeDevice.cpu(1);
const programs = new ProgramCache(device);
afterAll(() => programs.close());

const ints = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  int64(BigInt64Array.from(values, BigInt), shape);
const scalar = (value: number) => float32(Float32Array.of(value), []);
const uniforms = (count: number, seed: number) => pseudoRandom(count, seed).map((x) => (x + 1) / 2);

/** Two prompts of different lengths, three rows each, three blocks. */
async function generation(choice: Generation["choice"]): Promise<Generation> {
  const flat = randomWeights(tinyConfig, 5);
  return {
    choice,
    weights: wholeModel(await device.upload(float32(flat, [flat.length]))),
    stopTokens: [7, 11],
    blocks: 3,
    uniforms: uniforms(6 * 3 * 8, 3),
    prompts: {
      promptTokens: ints([3, 1, 4, 1, 5, 9, 2, 0, 0, 0], [2, 5]),
      promptLengths: ints([5, 2]),
      rowPrompt: ints([0, 1, 0, 1, 0, 1]),
      firstUniforms: float32(uniforms(6, 4), [6]),
    },
    scalars: {
      inverseTemperature: scalar(1),
      topK: int64(BigInt64Array.of(BigInt(tinyConfig.vocabularySize)), []),
      topP: scalar(0.9),
      minP: scalar(0),
    },
  };
}

describe("a generation in one run and block by block", () => {
  for (const choice of ["greedy", "plain", "cut"] as const)
    it(`agree: ${choice}`, async () => {
      const asked = await generation(choice);
      const held = liveDeviceTensors();
      const one = await generators["one-run"](programs, tinyConfig, asked);
      const blocks = await generators["block-by-block"](programs, tinyConfig, asked);
      expect(liveDeviceTensors(), "the cache is disposed").toBe(held);
      expect(blocks.firstTokens).toEqual(one.firstTokens);
      // What follows a stop token is never read; the one run says -1 there.
      const written = [...one.tokens.keys()].filter((slot) => one.tokens[slot] !== -1n);
      expect(written.length).toBeGreaterThan(20);
      expect(written.map((slot) => blocks.tokens[slot])).toEqual(written.map((slot) => one.tokens[slot]));
      for (const name of ["rawLogprobs", "sampledLogprobs"] as const) {
        const [a, b] = [blocks, one].map((result) => written.map((slot) => result[name][slot]!));
        expectClose(a!, b!, 1e-5, name, 1);
      }
      asked.weights.feeds.weights!.dispose();
    });
});
