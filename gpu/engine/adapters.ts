/** Low-rank adapters on the host: made, read from a folder, merged into the weights they adapt. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { adaptedProjections, loraSize, loraSpecs } from "../models/lora.ts";
import type { LoraConfig } from "../models/lora-config.ts";
import type { AdapterFolder } from "../weights/adapter-folder.ts";
import { CheckpointError } from "../weights/checkpoint-error.ts";
import { namedTensors, tensorsOf } from "./flat-weights.ts";
import { uniform } from "./uniforms.ts";

/**
 * An adapter that changes nothing yet: A uniform in +-1/sqrt(in), B zero, as PEFT starts (Kaiming with a = sqrt 5).
 * @returns [P]
 */
export function freshAdapter(config: DecoderConfig, lora: LoraConfig, seed: number): Float32Array {
  const flat = new Float32Array(loraSize(config, lora));
  let drawn = 0;
  for (const { name, shape, data } of tensorsOf(loraSpecs(config, lora), flat)) {
    if (!name.endsWith("lora_A.weight")) continue;
    const bound = shape[1]! ** -0.5;
    for (let i = 0; i < data.length; i++) data[i] = bound * (2 * uniform(seed, drawn++) - 1);
  }
  return flat;
}

/** @returns [P] @throws CheckpointError `tensor-mismatch` where names or shapes are not those of the configuration. */
export function flatAdapter(config: DecoderConfig, { lora, tensors }: AdapterFolder, directory: string): Float32Array {
  const flat = new Float32Array(loraSize(config, lora));
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const { name, shape, data } of tensorsOf(loraSpecs(config, lora), flat)) {
    const tensor = given.get(name);
    if (tensor?.shape.join() !== shape.join()) {
      const found = tensor === undefined ? "is missing" : `has the shape [${tensor.shape}]`;
      throw new CheckpointError("tensor-mismatch", `${directory}: tensor "${name}" ${found}; expected [${shape}]`);
    }
    data.set(tensor!.data);
    given.delete(name);
  }
  const [stranger] = given.keys();
  if (stranger !== undefined)
    throw new CheckpointError(
      "tensor-mismatch",
      `${directory}: tensor "${stranger}" is of no target of its adapter_config.json`,
    );
  return flat;
}

/** W + alpha / rank B A, in double precision before rounding. Both vectors stay as they are. */
export function mergedWeights(
  config: DecoderConfig,
  base: Float32Array,
  lora: LoraConfig,
  adapter: Float32Array,
): Float32Array {
  const merged = base.slice();
  const weights = new Map(namedTensors(config, merged).map((tensor) => [tensor.name, tensor.data]));
  const updates = new Map(tensorsOf(loraSpecs(config, lora), adapter).map((tensor) => [tensor.name, tensor.data]));
  const scale = lora.alpha / lora.rank;
  for (const projection of adaptedProjections(config, lora)) {
    const weight = weights.get(`${projection.name}.weight`)!; // [out, in]
    const down = updates.get(`${projection.name}.lora_A.weight`)!; // [rank, in]
    const up = updates.get(`${projection.name}.lora_B.weight`)!; // [out, rank]
    const row = new Float64Array(projection.in);
    for (let o = 0; o < projection.out; o++) {
      row.fill(0);
      for (let r = 0; r < lora.rank; r++) {
        const factor = scale * up[o * lora.rank + r]!;
        for (let i = 0; i < projection.in; i++) row[i]! += factor * down[r * projection.in + i]!;
      }
      const at = o * projection.in;
      for (let i = 0; i < projection.in; i++) weight[at + i] = weight[at + i]! + row[i]!;
    }
  }
  return merged;
}
