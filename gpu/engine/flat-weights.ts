/** A flat weight vector as the programs read it, seen as the named tensors of a checkpoint. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { type ParameterSpec, parameterSpecs, sizeOfSpec } from "../models/parameters.ts";
import type { NamedTensor } from "../weights/named-tensor.ts";

/** Views into the flat vector; nothing is copied. */
export function tensorsOf(specs: readonly ParameterSpec[], flat: Float32Array): NamedTensor[] {
  let offset = 0;
  return specs.map((spec) => {
    const data = flat.subarray(offset, offset + sizeOfSpec(spec));
    offset += data.length;
    return { name: spec.name, shape: spec.shape, data };
  });
}

/** All weights of a model. */
export const namedTensors = (config: DecoderConfig, flat: Float32Array): NamedTensor[] =>
  tensorsOf(parameterSpecs(config), flat);

/** [P], 1 where a weight decays. */
export function decayMask(specs: readonly ParameterSpec[]): Float32Array {
  const mask = new Float32Array(specs.reduce((total, spec) => total + sizeOfSpec(spec), 0));
  for (const [i, { data }] of tensorsOf(specs, mask).entries()) data.fill(specs[i]!.decayed ? 1 : 0);
  return mask;
}
