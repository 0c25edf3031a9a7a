/** The contents of a backup: a copy of the database at one instant, and the files of every checkpoint it names. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { copyDatabase, databaseBytes, inspectDatabase, type StoredCheckpoint } from "../curriculum/snapshot.ts";
import type { Backup, BackupFile } from "../records/backup.ts";
import { BackupError } from "./backup-error.ts";
import { linkOrCopy, sha256, syncTree } from "./durable-files.ts";
import { requireSpace } from "./free-space.ts";
import { DATABASE, writeManifest } from "./manifest.ts";
import { checkWeights, filesOf } from "./stored-weights.ts";

export interface CopyRequest {
  readonly id: string;
  readonly operationId: string;
  readonly createdAt: string;
  readonly dataDirectory: string;
  /** Empty; it becomes the backup. */
  readonly folder: string;
}

/**
 * Fills the folder and syncs it; `tell` gets 0..1. No checkpoint may be removed meanwhile. Throws BackupError `no-space`,
 * `damaged`.
 */
export async function copyData(request: CopyRequest, tell: (done: number) => void): Promise<Backup> {
  const { id, operationId, createdAt, dataDirectory, folder } = request;
  const source = join(dataDirectory, DATABASE);
  await requireSpace(folder, databaseBytes(source));
  copyDatabase(source, join(folder, DATABASE), { operationId, result: { backup: id }, at: createdAt });
  const { checkpoints, models, damage } = inspectDatabase(join(folder, DATABASE));
  if (damage.length > 0) throw new BackupError("damaged", `the database is damaged: ${damage.slice(0, 3).join("; ")}`);
  const files = [await hashed(folder, DATABASE)];
  for (const [index, checkpoint] of checkpoints.entries()) {
    tell(index / checkpoints.length);
    files.push(...(await copyCheckpoint(dataDirectory, folder, checkpoint)));
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const backup = { id, createdAt, operationId, bytes, checkpoints: checkpoints.length, models, files };
  await writeManifest(folder, backup);
  await syncTree(folder);
  return backup;
}

async function copyCheckpoint(
  dataDirectory: string,
  folder: string,
  checkpoint: StoredCheckpoint,
): Promise<readonly BackupFile[]> {
  const { directory } = checkpoint;
  const names = await filesOf(checkpoint, join(dataDirectory, directory));
  await mkdir(join(folder, directory), { recursive: true });
  const files: BackupFile[] = [];
  for (const name of names) {
    const path = `${directory}/${name}`;
    await linkOrCopy(join(dataDirectory, path), join(folder, path));
    files.push(await hashed(folder, path));
  }
  checkWeights(checkpoint, files);
  return files;
}

async function hashed(folder: string, path: string): Promise<BackupFile> {
  const { size } = await stat(join(folder, path));
  return { path, bytes: size, sha256: await sha256(join(folder, path)) };
}
