/** Named tensors of a checkpoint <-> the flat weight vector the programs read. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { parameterCount, parameterSpecs, sizeOfSpec } from "../models/parameters.ts";
import { CheckpointError } from "../weights/checkpoint-error.ts";
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

/** @throws CheckpointError `tensor-mismatch` for a missing tensor or one of another shape. */
export function flatWeights(config: DecoderConfig, tensors: readonly NamedTensor[]): Float32Array {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const flat = new Float32Array(parameterCount(config));
  for (const target of namedTensors(config, flat)) {
    const tensor = byName.get(target.name);
    if (!tensor) throw new CheckpointError("tensor-mismatch", `tensor "${target.name}" is missing`);
    if (tensor.shape.join() !== target.shape.join())
      throw new CheckpointError(
        "tensor-mismatch",
        `tensor "${target.name}" has the shape [${tensor.shape}], the configuration says [${target.shape}]`,
      );
    target.data.set(tensor.data);
  }
  return flat;
}

/** [P], 1 where a weight decays. */
export function decayMask(config: DecoderConfig): Float32Array {
  const mask = new Float32Array(parameterCount(config));
  const specs = parameterSpecs(config);
  for (const [i, { data }] of namedTensors(config, mask).entries()) data.fill(specs[i]!.decayed ? 1 : 0);
  return mask;
}
