import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adapterFlops,
  forwardFlops,
  layerProductWeights,
  samplingFlops,
  trainingFlops,
} from "../../bench/speed/flops.ts";
import { ADAPTER_SHAPE, SAMPLING_SHAPE, TRAINING_SHAPES } from "../../bench/speed/shapes.ts";
import { parameterCount, parameterSpecs, sizeOfSpec } from "../../gpu/models/parameters.ts";

const [small, large] = TRAINING_SHAPES.map(({ decoder }) => decoder) as [
  (typeof TRAINING_SHAPES)[number]["decoder"],
  (typeof TRAINING_SHAPES)[number]["decoder"],
];

describe("work a model asks for", () => {
  it.each(TRAINING_SHAPES)("$name: every weight is in a product except the norms' gains", ({ decoder }) => {
    const gains = parameterSpecs(decoder)
      .filter((spec) => !spec.decayed)
      .reduce((sum, spec) => sum + sizeOfSpec(spec), 0);
    const head = decoder.vocabularySize * decoder.hiddenSize;
    expect(decoder.layers * layerProductWeights(decoder) + head).toBe(parameterCount(decoder) - gains);
  });

  it("counts one position of 4x128 as worked out by hand", () => {
    // A layer: q and o 128 x 128, k and v 128 x 64, three 128 x 384. Attention to 10 keys: 4 layers x 4 x 4 x 32 x 10.
    const layer = 2 * 16_384 + 2 * 8_192 + 3 * 49_152;
    const one = forwardFlops(small, { positions: 1, headPositions: 1, attendedKeys: 10 });
    expect(one).toBe(2 * (4 * layer + 4_096) + 20_480);
  });

  it("trains at 3 x forward, with (T + 1) / 2 keys per token on average", () => {
    const [B, T] = [16, 256];
    const work = { positions: B * T, headPositions: B * (T - 1), attendedKeys: (B * T * (T + 1)) / 2 };
    expect(trainingFlops(large, new Array(B).fill(T))).toBe(3 * forwardFlops(large, work));
  });

  it("counts an adapter's step: half of the products' gradients, and three products for each of its own", () => {
    const { decoder, lora, batch, length } = ADAPTER_SHAPE;
    const N = batch * length;
    const products = 28 * layerProductWeights(decoder) * N + 151_936 * 1024 * batch * (length - 1);
    const attention = 4 * 28 * 16 * 128 * batch * ((length * (length + 1)) / 2);
    // q, k, v, o, gate, up, down: in + out
    const sides = 3072 + 2048 + 2048 + 3072 + 3 * 4096;
    expect(adapterFlops(decoder, lora, new Array(batch).fill(length))).toBe(
      4 * products + 3 * attention + 6 * N * 28 * 16 * sides,
    );
  });

  it("counts a generation as one pass over what it read: caching saves work, it does not add any", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
        fc.nat(60),
        (prompts, n) => {
          const newTokens = n + 1;
          const read = prompts.map((length) => length + newTokens - 1);
          const onePass = trainingFlops(small, read) / 3;
          // Logits: training asks for all but one of each sequence, sampling for those of each new token.
          const headDifference = prompts.length * newTokens - (read.reduce((a, b) => a + b, 0) - prompts.length);
          const expected = onePass + 2 * headDifference * small.vocabularySize * small.hiddenSize;
          expect(samplingFlops(small, prompts, newTokens)).toBeCloseTo(expected, 3);
        },
      ),
    );
  });

  it("samples 64 positions after the longest prompt", () => {
    expect(Math.max(...SAMPLING_SHAPE.promptLengths) + SAMPLING_SHAPE.newTokens).toBe(64);
    expect(SAMPLING_SHAPE.promptLengths).toHaveLength(SAMPLING_SHAPE.batch);
  });
});
