/** The flat weight vector the programs read, seen as the named tensors of a checkpoint. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { parameterCount, parameterSpecs, sizeOfSpec } from "../models/parameters.ts";
import type { NamedTensor } from "../weights/named-tensor.ts";

/** Views into the flat vector; nothing is copied. */
export function namedTensors(config: DecoderConfig, flat: Float32Array): NamedTensor[] {
  let offset = 0;
  return parameterSpecs(config).map((spec) => {
    const data = flat.subarray(offset, offset + sizeOfSpec(spec));
    offset += data.length;
    return { name: spec.name, shape: spec.shape, data };
  });
}

/** [P], 1 where a weight decays. */
export function decayMask(config: DecoderConfig): Float32Array {
  const mask = new Float32Array(parameterCount(config));
  const specs = parameterSpecs(config);
  for (const [i, { data }] of namedTensors(config, mask).entries()) data.fill(specs[i]!.decayed ? 1 : 0);
  return mask;
}
