/** Float32 tensors of a .safetensors file: 8 bytes of header length, a JSON header, the data. Its own reader, so that
 * golden files never pass through the code they check. */
import { readFileSync } from "node:fs";

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

export function readSafetensors(path: URL): ReadonlyMap<string, NamedTensor> {
  const file = readFileSync(path);
  const dataStart = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, dataStart)) as Record<string, HeaderEntry>;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (dtype !== "F32") throw new Error(`${name} in ${path.pathname} is ${dtype}, not F32`);
    const bytes = file.subarray(dataStart + offsets[0], dataStart + offsets[1]);
    tensors.set(name, { shape, data: new Float32Array(Uint8Array.from(bytes).buffer) });
  }
  return tensors;
}
