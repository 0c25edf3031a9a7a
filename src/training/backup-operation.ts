/** Makes a backup while everything else goes on: it needs no device, and copies in a process of its own. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { BackupError } from "../backup/backup-error.ts";
import type { BackupFolders } from "../backup/backup-folders.ts";
import { copyInChild } from "../backup/copying.ts";
import { DATABASE } from "../backup/manifest.ts";
import { type Environment, timestamp } from "./environment.ts";
import type { OperationHandler, Work } from "./operation-handler.ts";
import { ServiceError } from "./services.ts";
import { isStorageTrouble } from "./storage-trouble.ts";

/** Between two looks at how far the copy of the database is. */
const INTERVAL_MS = 500;
/** Of the whole, what copying the database is counted for. */
const DATABASE_SHARE = 0.5;

export function backupOperation(environment: Environment, folders: BackupFolders): OperationHandler {
  return {
    run: (work) => makeBackup(environment, folders, work),
    // It writes no rows, and its folder has no name before it is whole.
    rewind: () => undefined,
    abandon: () => undefined,
  };
}

async function makeBackup(environment: Environment, folders: BackupFolders, work: Work): Promise<unknown> {
  const { dataDirectory, removal } = environment;
  const [id] = work.operation.resources as [string];
  // A process that was killed between the folder and the operation's end.
  if ((await folders.find(id)) !== null) return { backup: id };
  const letGo = removal.hold();
  try {
    await folders.add(id, async (folder) => {
      const stop = watchDatabase(join(dataDirectory, DATABASE), join(folder, DATABASE), work);
      try {
        const request = {
          id,
          operationId: work.operation.id,
          createdAt: timestamp(environment),
          dataDirectory,
          folder,
        };
        return await copyInChild(request, work.signal, (copied) => {
          stop();
          tell(work, DATABASE_SHARE + copied * (1 - DATABASE_SHARE));
        });
      } finally {
        stop();
      }
    });
  } catch (error) {
    // Not tried again by itself: on a full disk each try would take from whoever trains what room is left.
    if (work.signal.aborted) throw error;
    throw serviceErrorOf(error);
  } finally {
    await letGo();
  }
  return { backup: id };
}

/** SQLite does not say how far it is; the size of the copy does. Returns what ends the watching. */
function watchDatabase(source: string, copy: string, work: Work): () => void {
  let over = false;
  const size = (file: string) =>
    stat(file)
      .then(({ size: bytes }) => bytes)
      .catch(() => 0);
  const timer = setInterval(async () => {
    const [of, copied] = await Promise.all([size(source), size(copy)]);
    if (!over && of > 0 && copied > 0) tell(work, Math.min(copied / of, 1) * DATABASE_SHARE);
  }, INTERVAL_MS);
  return () => {
    over = true;
    clearInterval(timer);
  };
}

function tell(work: Work, fraction: number): void {
  const nothing = { iteration: null, iterations: null, phase: null, step: null, steps: null, reward: null };
  const progress = { ...nothing, fraction, secondsLeft: null, tokensPerSecond: null };
  try {
    work.progress(progress);
    work.emit("progress", progress);
  } catch (error) {
    // What is only told may be lost.
    if (!isStorageTrouble(error)) throw error;
  }
}

function serviceErrorOf(error: unknown): ServiceError {
  const { message } = error as Error;
  const code =
    error instanceof BackupError && error.code !== "refused" && error.code !== "failed" ? error.code : "internal";
  return new ServiceError(code, message, { cause: error });
}
