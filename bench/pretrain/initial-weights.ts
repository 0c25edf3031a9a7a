/** Random weights to start from: normal(0, 0.02) as GPT-2 and Qwen, gains 1, products into the residual scaled by 1/sqrt(2 L). */
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import { parameterCount, parameterSpecs, sizeOfSpec } from "../../gpu/models/parameters.ts";
import { seededRandom } from "../../src/rzero/seeds.ts";

/** [P] flat, the same for the same seed. */
export function initialWeights(config: DecoderConfig, seed: number, deviation = 0.02): Float32Array {
  const random = seededRandom(seed);
  const flat = new Float32Array(parameterCount(config));
  let at = 0;
  for (const spec of parameterSpecs(config)) {
    const intoResidual = /(o_proj|down_proj)/.test(spec.name);
    const scale = intoResidual ? deviation / Math.sqrt(2 * config.layers) : deviation;
    for (let left = sizeOfSpec(spec); left > 0; left--) flat[at++] = spec.decayed ? scale * normal(random) : 1;
  }
  return flat;
}

/** Box-Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
