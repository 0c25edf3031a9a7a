/** Files that are on the disk when a function returns, and not only in its cache. */
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { copyFile, link, open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Also of a folder: its names. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Everything under the folder, then the folder, then its name in the folder above. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    await (entry.isDirectory() ? syncTree(path) : sync(path));
  }
  await sync(folder);
  await sync(dirname(folder));
}

/** Hex. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** The same file under a second name; a copy where the two names cannot be on one disk. For files that are never written to again. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!/^(EXDEV|EPERM|EMLINK|ENOTSUP)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  }
}
