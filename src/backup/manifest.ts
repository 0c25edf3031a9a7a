/** `backup.json`: what a backup is and what is in it, written last. A folder without it is no backup. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Backup, BackupFile } from "../records/backup.ts";

export const MANIFEST = "backup.json";
export const DATABASE = "rzero.sqlite";

/** Of the layout: `rzero.sqlite` and `checkpoints/<id>/` as in a data folder. */
const FORMAT = 1;

export const writeManifest = (folder: string, backup: Backup): Promise<void> =>
  writeFile(join(folder, MANIFEST), `${JSON.stringify({ format: FORMAT, ...backup }, null, 2)}\n`);

/** Null where the folder is no backup, or one that this version cannot read. */
export async function readManifest(folder: string): Promise<Backup | null> {
  const text = await readFile(join(folder, MANIFEST), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const { format, ...backup } = JSON.parse(text) as Backup & { readonly format: number };
    return format === FORMAT && backup.files.every(isInside) ? backup : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

/** Whoever edited the file may not send anybody elsewhere. */
const isInside = ({ path }: BackupFile): boolean =>
  /^(rzero\.sqlite|checkpoints\/[\w-]+\/[\w.-]+)$/.test(path) && !/\/\.+$/.test(path);
