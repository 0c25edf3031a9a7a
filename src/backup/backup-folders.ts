/** The folder of backups: each is a folder named by its id that appears whole, and goes at once. The disk is their only list. */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Backup } from "../records/backup.ts";
import { sync } from "./durable-files.ts";
import { readManifest } from "./manifest.ts";

/** Names of what is being written or removed; what a killed process left of it goes at the next start. */
const UNFINISHED = "unfinished-";

export class BackupFolders {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Null where there is none; ids are checked before they become paths. */
  async find(id: string): Promise<Backup | null> {
    return isId(id) ? readManifest(join(this.#directory, id)) : null;
  }

  /** Newest first. */
  async ids(): Promise<readonly string[]> {
    return (await this.#names()).filter(isId).sort().reverse();
  }

  /** `write` fills a new folder, which then gets its name; where it fails, nothing is left. */
  async add(id: string, write: (folder: string) => Promise<Backup>): Promise<Backup> {
    const folder = join(this.#directory, UNFINISHED + id);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    try {
      const backup = await write(folder);
      await rename(folder, join(this.#directory, id));
      await sync(this.#directory);
      await sync(dirname(this.#directory));
      return backup;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    if (!isId(id)) return;
    const going = join(this.#directory, UNFINISHED + id);
    await rename(join(this.#directory, id), going);
    await rm(going, { recursive: true, force: true });
  }

  /** At start. Returns their names. */
  async removeUnfinished(): Promise<readonly string[]> {
    const names = (await this.#names()).filter((name) => name.startsWith(UNFINISHED));
    for (const name of names) await rm(join(this.#directory, name), { recursive: true, force: true });
    return names;
  }

  async #names(): Promise<readonly string[]> {
    return readdir(this.#directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
  }
}

const isId = (name: string): boolean => /^bkp_[0-9A-HJKMNP-TV-Z]{26}$/.test(name);
