/** Rotary frequencies against those transformers derives from the same config.json, by way of reading it. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rotaryFrequencies } from "../../../gpu/nn/rotary-frequencies.ts";
import { parseModelConfig } from "../../../gpu/weights/model-config.ts";
import { expectClose } from "../../support/expect-close.ts";

interface Golden {
  readonly headDim: number;
  readonly ropeTheta: number;
  readonly rope_scaling: object;
  readonly frequencies: readonly number[];
  readonly magnitude: number;
}

const golden: Record<string, Golden> = JSON.parse(
  readFileSync(new URL("../../golden/rope/rope.json", import.meta.url), "utf8"),
);

const config = (headDim: number, theta: number, scaling: object) =>
  parseModelConfig(
    JSON.stringify({
      model_type: "llama",
      hidden_size: 4 * headDim,
      intermediate_size: 4,
      num_hidden_layers: 1,
      num_attention_heads: 4,
      vocab_size: 8,
      max_position_embeddings: 131072,
      rope_theta: theta,
      rope_scaling: scaling,
    }),
  ).decoder;

describe("rotary frequencies", () => {
  it.each(Object.entries(golden))("%s", (_, { headDim, ropeTheta, rope_scaling, frequencies, magnitude }) => {
    const decoder = config(headDim, ropeTheta, rope_scaling);
    const ours = rotaryFrequencies(decoder.headDim, decoder.ropeTheta, decoder.ropeScaling);
    // relative to each: the slowest pairs decide what a long text looks like
    for (const [i, expected] of frequencies.entries())
      expectClose([ours.perPosition[i]!], [expected], 2e-6, `the frequency of pair ${i}`);
    expect(ours.perPosition).toHaveLength(frequencies.length);
    expectClose([ours.magnitude], [magnitude], 1e-7, "the magnitude");
  });

  it("takes yarn's factor from the two lengths where config.json has none", () => {
    const yarn = { rope_type: "yarn", original_max_position_embeddings: 32768 };
    expect(config(64, 1e4, yarn).ropeScaling).toMatchObject({ factor: 4, originalContextLength: 32768 });
  });
});
