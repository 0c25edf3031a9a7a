/** The weights of a Hugging Face folder: one model.safetensors, or shards that model.safetensors.index.json lists. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "./checkpoint-error.ts";
import { isObject, parseJsonObject } from "./json-document.ts";
import type { NamedTensor } from "./named-tensor.ts";
import { SafetensorsFile } from "./safetensors.ts";
import type { TensorEntry } from "./safetensors-header.ts";

/** Where a tensor lies, for readers that map files themselves (ONNX external data). */
export interface LocatedTensor extends TensorEntry {
  readonly path: string;
}

/** All weights of a folder behind one name space. Whoever opened it closes it. */
export class WeightFiles {
  /** By name, in the order of files and their data. */
  readonly tensors: ReadonlyMap<string, LocatedTensor>;
  readonly #files: ReadonlyMap<string, SafetensorsFile>;

  /**
   * One file wins over an index, as in transformers.
   * @throws CheckpointError `missing-file` where there is neither, `malformed`, `unsupported`, `tensor-mismatch`.
   */
  static async open(directory: string): Promise<WeightFiles> {
    const single = join(directory, "model.safetensors");
    if (await exists(single)) return WeightFiles.#openAll([single]);
    const index = join(directory, "model.safetensors.index.json");
    if (!(await exists(index))) {
      throw new CheckpointError(
        "missing-file",
        `${directory} has no model.safetensors and no model.safetensors.index.json`,
      );
    }
    const shardOf = parseIndex(await readFile(index, "utf8"), index);
    const shards = [...new Set(shardOf.values())].sort();
    const files = await WeightFiles.#openAll(shards.map((shard) => join(directory, shard)));
    try {
      for (const [name, shard] of shardOf) {
        if (files.tensors.get(name)?.path === join(directory, shard)) continue;
        throw new CheckpointError("tensor-mismatch", `${index} places "${name}" in ${shard}, which has no such tensor`);
      }
      for (const { name, path } of files.tensors.values()) {
        if (!shardOf.has(name))
          throw new CheckpointError("tensor-mismatch", `${path} holds "${name}", which ${index} does not list`);
      }
    } catch (error) {
      await files.close();
      throw error;
    }
    return files;
  }

  static async #openAll(paths: readonly string[]): Promise<WeightFiles> {
    const files = new Map<string, SafetensorsFile>();
    const tensors = new Map<string, LocatedTensor>();
    try {
      for (const path of paths) {
        const file = await SafetensorsFile.open(path);
        files.set(path, file);
        for (const entry of file.header.entries) {
          const other = tensors.get(entry.name);
          if (other !== undefined) {
            throw new CheckpointError("tensor-mismatch", `tensor "${entry.name}" is in both ${other.path} and ${path}`);
          }
          tensors.set(entry.name, { ...entry, path });
        }
      }
    } catch (error) {
      for (const file of files.values()) await file.close();
      throw error;
    }
    return new WeightFiles(tensors, files);
  }

  private constructor(tensors: ReadonlyMap<string, LocatedTensor>, files: ReadonlyMap<string, SafetensorsFile>) {
    this.tensors = tensors;
    this.#files = files;
  }

  /** One tensor as float32. @throws CheckpointError `tensor-mismatch` if there is none of that name. */
  async float32(name: string): Promise<NamedTensor> {
    const path = this.tensors.get(name)?.path;
    const file = path === undefined ? undefined : this.#files.get(path);
    if (file === undefined)
      throw new CheckpointError("tensor-mismatch", `there is no tensor "${name}" in these weights`);
    return file.float32(name);
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }
}

/** A shard is a plain file name beside the index: no separators, nothing hidden, nowhere else. */
const shardName = /^[A-Za-z0-9_][A-Za-z0-9._-]*\.safetensors$/;

function parseIndex(text: string, path: string): Map<string, string> {
  const { weight_map: map } = parseJsonObject(text, path);
  if (!isObject(map)) throw new CheckpointError("malformed", `${path} has no weight_map`);
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard === "string" && shardName.test(shard)) continue;
    throw new CheckpointError(
      "malformed",
      `${path} places "${name}" in ${JSON.stringify(shard)}, not a file name beside it`,
    );
  }
  return new Map(Object.entries(map as Record<string, string>));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
