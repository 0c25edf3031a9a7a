/** Is a checkpoint's folder what its row says? Its name is the digest of its weights' file. */
import { readdir } from "node:fs/promises";
import type { StoredCheckpoint } from "../curriculum/snapshot.ts";
import type { BackupFile } from "../records/backup.ts";
import { BackupError } from "./backup-error.ts";

/** One of them is in every checkpoint: a whole model, or an adapter. */
const WEIGHTS = ["model.safetensors", "adapter_model.safetensors"];

/** Names of the files, in order. Throws BackupError `damaged` for a folder that is not there or empty. */
export async function filesOf({ id }: StoredCheckpoint, folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (names.length === 0) throw new BackupError("damaged", `the files of checkpoint ${id} are gone`);
  return names.sort();
}

/** `files`: of the checkpoint, hashed. Throws BackupError `damaged`. */
export function checkWeights({ id, digest, directory }: StoredCheckpoint, files: readonly BackupFile[]): void {
  const weights = files.find(({ path }) => WEIGHTS.some((name) => path === `${directory}/${name}`));
  if (weights !== undefined && `sha256:${weights.sha256}` === digest) return;
  const found = weights === undefined ? "has no weights" : `holds sha256:${weights.sha256}`;
  throw new BackupError("damaged", `checkpoint ${id} is damaged: it ${found} instead of ${digest}`);
}
