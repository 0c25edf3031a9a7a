import { CheckpointError } from "./checkpoint-error.ts";

/** One weight by its Hugging Face name, e.g. `model.layers.0.self_attn.q_proj.weight`; row-major. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** As many elements as the shape says; [] is a scalar of one. */
  readonly data: Float32Array;
}

/** Product of the dimensions; 1 for a scalar. NaN-free: the caller has checked that dimensions are safe integers. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/**
 * The tensors in canonical order (names by their UTF-8 bytes, as Rust's `str` sorts them).
 * @throws CheckpointError `tensor-mismatch` for a duplicate name, a bad dimension or data that does not fill its shape.
 */
export function canonicalOrder(tensors: Iterable<NamedTensor>): NamedTensor[] {
  const sorted = [...tensors].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const [index, tensor] of sorted.entries()) {
    const { name, shape, data } = tensor;
    if (name === "__metadata__") throw new CheckpointError("tensor-mismatch", `"${name}" cannot be a tensor's name`);
    if (sorted[index - 1]?.name === name)
      throw new CheckpointError("tensor-mismatch", `tensor "${name}" appears twice`);
    if (!shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0)) {
      throw new CheckpointError("tensor-mismatch", `tensor "${name}" has the shape [${shape}]`);
    }
    if (elementCount(shape) !== data.length) {
      throw new CheckpointError(
        "tensor-mismatch",
        `tensor "${name}" of shape [${shape}] needs ${elementCount(shape)} elements, its data has ${data.length}`,
      );
    }
  }
  return sorted;
}
