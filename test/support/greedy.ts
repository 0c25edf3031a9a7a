/** Greedy completions through the `sample` program. */
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { unragged } from "../../gpu/engine/ragged.ts";
import { sampleRows } from "../../gpu/engine/sampler.ts";
import { wholeModel } from "../../gpu/engine/weights-store.ts";
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import { float32 } from "../../gpu/runtime/tensor.ts";
import { testDevice } from "./test-device.ts";

/** `count` tokens after each prompt, all in one batch. */
export async function greedyTokens(
  config: DecoderConfig,
  weights: Float32Array,
  prompts: readonly (readonly number[])[],
  count: number,
): Promise<number[][]> {
  const programs = new ProgramCache(testDevice);
  const resident = await testDevice.upload(float32(weights, [weights.length]));
  try {
    const { tokens } = await sampleRows(
      programs,
      config,
      wholeModel(resident),
      {
        prompts: prompts.map((prompt) => Int32Array.from(prompt)),
        rowPrompt: Int32Array.from(prompts.keys()),
        seeds: new Uint32Array(prompts.length),
      },
      { temperature: 0, topP: 1, topK: 0, minP: 0, maxTokens: count, stopTokens: [] },
    );
    return unragged(tokens).map((row) => [...row]);
  } finally {
    resident.dispose();
    await programs.close();
  }
}
