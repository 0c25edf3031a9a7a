import { createHash } from "node:crypto";
import type { NamedTensor } from "./named-tensor.ts";
import { canonicalChunks } from "./safetensors.ts";
import type { Metadata } from "./safetensors-header.ts";

/**
 * The name of a set of weights: `sha256:` and the SHA-256 of the canonical model.safetensors that holds them, in hex.
 * What `sha256sum` prints for the file that `writeSafetensors` writes, without writing it or holding the bytes twice.
 * Depends on names, shapes, bits (so -0 and 0 differ) and metadata, not on order.
 * @throws CheckpointError `tensor-mismatch` for a duplicate name or data that does not fill its shape.
 */
export function weightsDigest(tensors: Iterable<NamedTensor>, metadata?: Metadata): `sha256:${string}` {
  const hash = createHash("sha256");
  for (const chunk of canonicalChunks(tensors, metadata)) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}
