/**
 * A backup becomes a data folder: copied beside its place, checked there to the last byte, and only then renamed, the
 * database last. What was cut off is no data folder, and the next try begins anew.
 */
import { constants } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CurriculumError } from "../curriculum/curriculum-error.ts";
import { lockDataDirectory } from "../curriculum/data-lock.ts";
import { inspectDatabase } from "../curriculum/snapshot.ts";
import type { Backup } from "../records/backup.ts";
import { BackupError } from "./backup-error.ts";
import { sha256, sync, syncTree } from "./durable-files.ts";
import { DATABASE, readManifest } from "./manifest.ts";
import { checkWeights } from "./stored-weights.ts";

const CHECKPOINTS = "checkpoints";
/** Of a data folder: the lock that its service takes. */
export const LOCK = "service.lock";
/** Where a restore works; what lies there was cut off, and what is beside it is no data folder yet. */
export const UNFINISHED_RESTORE = "unfinished-restore";
/** What a folder may hold and still be empty: SQLite's lock, and the backups that lie in it. */
const NOTHING = [LOCK, `${LOCK}-journal`, "backups"];

/**
 * Returns what was restored. `tell` gets a line for each thing that was done. Throws BackupError: `refused` for a folder that
 * is no backup, or a data folder that is in use or not empty; `damaged`.
 */
export async function restoreData(
  { backupFolder, dataDirectory }: { readonly backupFolder: string; readonly dataDirectory: string },
  tell: (line: string) => void,
): Promise<Backup> {
  const backup = await readManifest(backupFolder);
  if (backup === null) throw new BackupError("refused", `${backupFolder} is no backup that this version can read`);
  await mkdir(dataDirectory, { recursive: true });
  const unlock = claim(dataDirectory);
  try {
    await requireEmpty(dataDirectory);
    const staging = join(dataDirectory, UNFINISHED_RESTORE);
    await mkdir(staging);
    try {
      await copyFiles(backup, backupFolder, staging);
      tell(`copied and compared ${backup.files.length} files, ${backup.bytes} bytes`);
      checkContents(backup, join(staging, DATABASE));
      tell(`the database is whole; so are ${backup.checkpoints} checkpoints`);
      await mkdir(join(staging, CHECKPOINTS), { recursive: true });
      await syncTree(staging);
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      throw error;
    }
    await rename(join(staging, CHECKPOINTS), join(dataDirectory, CHECKPOINTS));
    await sync(dataDirectory);
    await rename(join(staging, DATABASE), join(dataDirectory, DATABASE));
    await rm(staging, { recursive: true });
    await sync(dataDirectory);
  } finally {
    unlock();
  }
  return backup;
}

function claim(dataDirectory: string): () => void {
  try {
    return lockDataDirectory(join(dataDirectory, LOCK));
  } catch (error) {
    if (!(error instanceof CurriculumError)) throw error;
    throw new BackupError("refused", `a service works on ${dataDirectory}; stop it, or restore into another folder`);
  }
}

/** A restore that was cut off left no database; what else it left goes. */
async function requireEmpty(dataDirectory: string): Promise<void> {
  const names = (await readdir(dataDirectory)).filter((name) => !NOTHING.includes(name));
  if (
    names.includes(UNFINISHED_RESTORE) &&
    names.every((name) => name === UNFINISHED_RESTORE || name === CHECKPOINTS)
  ) {
    for (const name of names) await rm(join(dataDirectory, name), { recursive: true });
    return;
  }
  if (names.length === 0) return;
  throw new BackupError(
    "refused",
    `${dataDirectory} is not empty: it holds ${names.slice(0, 3).join(", ")}; restore into another folder`,
  );
}

async function copyFiles({ files }: Backup, from: string, to: string): Promise<void> {
  for (const { path, sha256: expected } of files) {
    const copy = join(to, path);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(from, path), copy, constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw new BackupError("damaged", `${path} of the backup is gone`, { cause: error });
      throw error;
    });
    const found = await sha256(copy);
    if (found !== expected)
      throw new BackupError("damaged", `${path} is sha256:${found} instead of sha256:${expected}`);
  }
}

/** The database holds together, and every checkpoint it names is there with the weights it says. */
function checkContents({ files }: Backup, database: string): void {
  const { checkpoints, damage } = inspectDatabase(database);
  if (damage.length > 0) throw new BackupError("damaged", `the database is damaged: ${damage.slice(0, 3).join("; ")}`);
  for (const checkpoint of checkpoints) checkWeights(checkpoint, files);
}
