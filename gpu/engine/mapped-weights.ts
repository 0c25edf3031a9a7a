/**
 * A model's weights where they lie on the disk: what sessions map instead of being fed. Every offset was checked against its
 * file when the folder was opened (weights/safetensors-header.ts).
 */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Places } from "../onnx/model-writer.ts";
import { CheckpointError } from "../weights/checkpoint-error.ts";
import type { LocatedTensor } from "../weights/weight-files.ts";

export interface MappedWeights {
  readonly folder: string;
  readonly places: Places;
  /** @throws CheckpointError `changed`: what is mapped from now on would not be what was read */
  checkUnchanged(): Promise<void>;
  /** All of them, [P]. @throws CheckpointError `changed` */
  read(): Promise<Float32Array>;
}

/**
 * @param read all of them, as one vector
 * @returns null for weights that no program can read as they are: not float32, not aligned, or not in one folder
 */
export async function mapWeights(
  tensors: readonly LocatedTensor[],
  read: () => Promise<Float32Array>,
): Promise<MappedWeights | null> {
  if (tensors.some(({ dtype, offset }) => dtype !== "F32" || offset % 4 !== 0)) return null;
  // A file may be a link, as in a Hugging Face cache; the runtime follows none out of the folder it is given.
  const files = new Map<string, string>();
  for (const path of new Set(tensors.map(({ path }) => path))) files.set(path, await realpath(path));
  const folders = new Set([...files.values()].map((file) => dirname(file)));
  const [folder] = folders;
  if (folder === undefined || folders.size > 1) return null;
  const before = await fingerprint([...files.values()]);
  const checkUnchanged = async () => {
    if ((await fingerprint([...files.values()])) !== before)
      throw new CheckpointError("changed", `${folder} no longer holds the weights that were read from it`);
  };
  const place = ({ path, offset, byteLength }: LocatedTensor) => ({
    location: basename(files.get(path)!),
    offset,
    length: byteLength,
  });
  return {
    folder,
    places: new Map(tensors.map((tensor) => [tensor.name, place(tensor)])),
    checkUnchanged,
    read: async () => {
      await checkUnchanged();
      return read();
    },
  };
}

/** A file written anew has another of these. */
async function fingerprint(files: readonly string[]): Promise<string> {
  const facts = await Promise.all(files.map((file) => stat(file).catch(() => null)));
  return facts.map((fact) => (fact === null ? "gone" : `${fact.ino}:${fact.size}:${fact.mtimeMs}`)).join();
}
