import { statfs } from "node:fs/promises";
import { BackupError } from "./backup-error.ts";

/**
 * Asked before anything is written: a full disk would stop whoever else writes to it. Throws BackupError `no-space` where fewer
 * than `bytes` are free around `folder`.
 */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  throw new BackupError("no-space", `the copy needs ${bytes} bytes, and ${bavail * bsize} are free where it is to lie`);
}
