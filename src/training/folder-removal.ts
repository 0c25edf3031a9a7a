/** Removing checkpoints' folders, but never under the hands of who copies them: then it waits until they are done. */
import { rm } from "node:fs/promises";
import { join } from "node:path";

export class FolderRemoval {
  readonly #dataDirectory: string;
  #holds = 0;
  #waiting: string[] = [];

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
  }

  /**
   * By their rows' `directory`; ones that are gone already are fine, and a model's own folder is never removed. No row may
   * want them any more: what a process that is killed leaves of it goes at the next start.
   */
  async remove(directories: readonly string[]): Promise<void> {
    if (this.#holds > 0) {
      this.#waiting.push(...directories);
      return;
    }
    for (const directory of directories) {
      if (directory !== "") await rm(join(this.#dataDirectory, directory), { recursive: true, force: true });
    }
  }

  /** Nothing is removed until the returned function is called. */
  hold(): () => Promise<void> {
    this.#holds++;
    return async () => {
      this.#holds--;
      if (this.#holds === 0) await this.remove(this.#waiting.splice(0));
    };
  }
}
