/**
 * The header of a safetensors file: `u64 length | JSON | padding spaces | data`, offsets counted from the data's start.
 * Source: the format's description in huggingface/safetensors. Everything a hostile file can claim is checked before a
 * byte of data is read: what passes can be sliced without another look.
 */
import { CheckpointError } from "./checkpoint-error.ts";
import { type Dtype, dtypeBytes, isDtype } from "./dtype.ts";
import { isObject, parseJsonObject } from "./json-document.ts";
import { elementCount, type NamedTensor } from "./named-tensor.ts";

/** Where one tensor lies. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes from the start of the file: what ONNX external data calls `offset`. */
  readonly offset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  /** In the order of their data. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Metadata;
  /** Bytes from the start of the file. */
  readonly dataStart: number;
}

/** The limit of the reference reader. */
const maxHeaderBytes = 100_000_000;

/**
 * Length of the JSON that follows the first eight bytes.
 * @throws CheckpointError `malformed` if it cannot be true of a file of `fileBytes`.
 */
export function headerLength(prefix: Uint8Array, fileBytes: number, label: string): number {
  if (prefix.byteLength < 8 || fileBytes < 8) {
    throw new CheckpointError("malformed", `${label} has ${fileBytes} bytes; a safetensors file has at least 8`);
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes) || length > BigInt(fileBytes - 8)) {
    const most = Math.min(maxHeaderBytes, fileBytes - 8);
    throw new CheckpointError("malformed", `${label} claims a header of ${length} bytes; at most ${most} are possible`);
  }
  return Number(length);
}

/**
 * Reads and checks the header of a file of `fileBytes`.
 * @param json the bytes after the length, as many as `headerLength` said.
 * @throws CheckpointError `malformed` (the tensor and its offending value are named) or `unsupported` (unknown dtype).
 */
export function parseHeader(json: Uint8Array, fileBytes: number, label: string): SafetensorsHeader {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw new CheckpointError("malformed", `the header of ${label} is not UTF-8`, { cause });
  }
  const document = parseJsonObject(text, `the header of ${label}`);
  const dataStart = 8 + json.byteLength;
  const entries: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(document)) {
    if (name === "__metadata__") metadata = parseMetadata(value, label);
    else entries.push(parseEntry(name, value, dataStart, label));
  }
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  // The data must be the tensors, one after the other, and nothing else: no overlap, no hole, no trailing bytes.
  let position = dataStart;
  for (const { name, offset, byteLength } of entries) {
    if (offset !== position) {
      const what = offset < position ? "overlaps the one before it" : `leaves ${offset - position} bytes unused`;
      throw new CheckpointError("malformed", `${label}: tensor "${name}" at ${offset - dataStart} ${what}`);
    }
    position += byteLength;
    if (position > fileBytes) {
      throw new CheckpointError(
        "malformed",
        `${label}: tensor "${name}" ends at byte ${position}, the file at ${fileBytes}`,
      );
    }
  }
  if (position !== fileBytes) {
    throw new CheckpointError("malformed", `${label} has ${fileBytes - position} trailing bytes after the last tensor`);
  }
  return { entries, metadata, dataStart };
}

function parseMetadata(value: unknown, label: string): Record<string, string> {
  if (!isObject(value) || !Object.values(value).every((entry) => typeof entry === "string")) {
    throw new CheckpointError("malformed", `${label}: __metadata__ is not a map of strings`);
  }
  return value as Record<string, string>;
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseEntry(name: string, value: unknown, dataStart: number, label: string): TensorEntry {
  const where = `${label}: tensor "${name}"`;
  if (!isObject(value)) throw new CheckpointError("malformed", `${where} is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype))
    throw new CheckpointError("unsupported", `${where} has the unknown dtype ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw new CheckpointError("malformed", `${where} has the shape ${JSON.stringify(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || !(offsets[0]! <= offsets[1]!)) {
    throw new CheckpointError("malformed", `${where} has the data_offsets ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const needed = elementCount(shape) * dtypeBytes(dtype);
  if (needed !== end - begin) {
    throw new CheckpointError(
      "malformed",
      `${where} of shape [${shape}] and dtype ${dtype} needs ${needed} bytes, its data_offsets hold ${end - begin}`,
    );
  }
  return { name, dtype, shape, offset: dataStart + begin, byteLength: needed };
}

/** Beside {"format": "pt"}, which every file has. */
export type Metadata = Readonly<Record<string, string>>;

/**
 * Length prefix, JSON and padding for float32 tensors in canonical order: the bytes that stand before their data.
 * Byte for byte what Hugging Face's writer produces for the same tensors with the metadata {"format": "pt"}; any more
 * metadata is in the order of its keys.
 */
export function encodeHeader(sorted: readonly NamedTensor[], metadata: Metadata = {}): Uint8Array {
  let offset = 0;
  const fields = sorted.map(({ name, shape, data }) => {
    const begin = offset;
    offset += data.byteLength;
    return `${JSON.stringify(name)}:{"dtype":"F32","shape":[${shape}],"data_offsets":[${begin},${offset}]}`;
  });
  const more = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const json = Buffer.from(
    `{${[`"__metadata__":${JSON.stringify({ format: "pt", ...Object.fromEntries(more) })}`, ...fields].join(",")}}`,
  );
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  return bytes;
}
