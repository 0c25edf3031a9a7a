/** Reading and writing safetensors files. */
import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import { CheckpointError } from "./checkpoint-error.ts";
import { toFloat32 } from "./dtype.ts";
import { canonicalOrder, type NamedTensor } from "./named-tensor.ts";
import {
  encodeHeader,
  headerLength,
  type Metadata,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors-header.ts";

/** Calls into the operating system and OpenSSL take less than 2 GiB at once. */
const chunkBytes = 64 * 1024 * 1024;

/** The bytes of the canonical file, piece by piece and without a copy: header, then each tensor's own memory. */
export function* canonicalChunks(tensors: Iterable<NamedTensor>, metadata?: Metadata): Generator<Uint8Array> {
  const sorted = canonicalOrder(tensors);
  yield encodeHeader(sorted, metadata);
  for (const { data } of sorted) {
    for (let at = 0; at < data.byteLength; at += chunkBytes) {
      yield new Uint8Array(data.buffer, data.byteOffset + at, Math.min(chunkBytes, data.byteLength - at));
    }
  }
}

/** The canonical file in memory, for tensors small enough to hold twice. */
export function encodeSafetensors(tensors: Iterable<NamedTensor>): Uint8Array {
  return Buffer.concat([...canonicalChunks(tensors)]);
}

/**
 * Writes the canonical file and makes it durable. The same tensors give the same bytes, in whatever order they come.
 * The tensors must not change until it resolves.
 * @returns `sha256:` digest of what was written and its size in bytes.
 * @throws CheckpointError `tensor-mismatch` before anything is written; `exists` if there is a file.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<NamedTensor>,
  metadata?: Metadata,
): Promise<{ digest: `sha256:${string}`; bytes: number }> {
  const chunks = canonicalChunks(tensors, metadata);
  const first = chunks.next().value as Uint8Array;
  const file = await openFile(path, "wx");
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = chunks.next().value ?? undefined) {
      hash.update(chunk);
      await file.writeFile(chunk);
      bytes += chunk.byteLength;
    }
    await file.sync();
    return { digest: `sha256:${hash.digest("hex")}`, bytes };
  } finally {
    await file.close();
  }
}

/** A safetensors file in memory: checks it and gives each tensor's bytes as views of `bytes`. */
export function decodeSafetensors(
  bytes: Uint8Array,
  label: string,
): { header: SafetensorsHeader; bytesOf(entry: TensorEntry): Uint8Array } {
  const length = headerLength(bytes.subarray(0, 8), bytes.byteLength, label);
  const header = parseHeader(bytes.subarray(8, 8 + length), bytes.byteLength, label);
  return { header, bytesOf: ({ offset, byteLength }) => bytes.subarray(offset, offset + byteLength) };
}

/** An open file. Tensors are read when asked for; whoever opened it closes it. */
export class SafetensorsFile {
  readonly path: string;
  readonly header: SafetensorsHeader;
  readonly #file: FileHandle;
  readonly #byName: ReadonlyMap<string, TensorEntry>;

  /** @throws CheckpointError `missing-file`, `malformed` or `unsupported`. */
  static async open(path: string): Promise<SafetensorsFile> {
    // A folder or a pipe can be opened too; reading it then fails without a name, or never ends.
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === false) throw new CheckpointError("malformed", `${path} is not a file`);
    const file = await openFile(path, "r");
    try {
      const { size } = await file.stat();
      const prefix = await readExactly(file, 0, Math.min(8, size), path);
      const json = await readExactly(file, 8, headerLength(prefix, size, path), path);
      return new SafetensorsFile(path, file, parseHeader(json, size, path));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private constructor(path: string, file: FileHandle, header: SafetensorsHeader) {
    this.path = path;
    this.#file = file;
    this.header = header;
    this.#byName = new Map(header.entries.map((entry) => [entry.name, entry]));
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** @throws CheckpointError `tensor-mismatch` if there is no such tensor. */
  entry(name: string): TensorEntry {
    const entry = this.#byName.get(name);
    if (entry === undefined) throw new CheckpointError("tensor-mismatch", `${this.path} has no tensor "${name}"`);
    return entry;
  }

  /** The tensor's bytes as they are in the file. */
  async bytes(name: string): Promise<Uint8Array> {
    const { offset, byteLength } = this.entry(name);
    return readExactly(this.#file, offset, byteLength, this.path);
  }

  /** The tensor as float32, whatever its dtype. */
  async float32(name: string): Promise<NamedTensor> {
    const { dtype, shape } = this.entry(name);
    return { name, shape, data: toFloat32(dtype, await this.bytes(name), `${this.path}: tensor "${name}"`) };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function openFile(path: string, flags: "r" | "wx"): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new CheckpointError("missing-file", `${path} does not exist`, { cause });
    if (code === "EEXIST") throw new CheckpointError("exists", `${path} exists already`, { cause });
    throw cause;
  }
}

/** Reads into a buffer of its own (not Node's shared pool), so that a typed array over it is aligned and keeps only itself alive. */
async function readExactly(file: FileHandle, position: number, length: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(chunkBytes, length - at), position + at);
    if (bytesRead === 0)
      throw new CheckpointError("malformed", `${path} ended at byte ${position + at} while it was read`);
    at += bytesRead;
  }
  return bytes;
}
