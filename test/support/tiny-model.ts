/** Small random Qwen3 shapes for tests that need a model and no particular weights. */
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import { parameterCount, parameterSpecs, sizeOfSpec } from "../../gpu/models/parameters.ts";
import { seededRandom } from "../../src/rzero/seeds.ts";

export const tinyConfig: DecoderConfig = {
  architecture: "qwen3",
  hiddenSize: 32,
  intermediateSize: 48,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headDim: 16,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  ropeScaling: null,
  vocabularySize: 40,
  tieWordEmbeddings: true,
  contextLength: 96,
  qkNorm: true,
  qkvBias: false,
};

/** Large enough weights that the next token is far from uniform. */
export function randomWeights(config: DecoderConfig, seed: number, deviation = 0.25): Float32Array {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const flat = new Float32Array(parameterCount(config));
  let at = 0;
  for (const spec of parameterSpecs(config))
    for (let left = sizeOfSpec(spec); left > 0; left--)
      flat[at++] = spec.decayed ? deviation * normal() : 1 + 0.1 * normal();
  return flat;
}
