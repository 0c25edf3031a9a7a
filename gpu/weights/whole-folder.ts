/** A folder that appears whole and durable, or not at all, whenever the process is killed. */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CheckpointError } from "./checkpoint-error.ts";

/**
 * Written beside its place by `fill`, made durable, renamed. A folder that already holds exactly the same is left as it is,
 * so that a resumed run may save again.
 * @param fill writes into the folder it is given and returns the digest of the weights in it.
 * @returns that digest, and bytes of the folder.
 * @throws CheckpointError `exists` if the folder holds anything else.
 */
export async function writeWholeFolder(
  directory: string,
  fill: (partial: string) => Promise<`sha256:${string}`>,
): Promise<{ digest: `sha256:${string}`; bytes: number }> {
  const target = resolve(directory);
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent, basename(target));
  const partial = join(parent, `.${basename(target)}.${process.pid}.${randomUUID()}.partial`);
  writing.add(basename(partial));
  try {
    await mkdir(partial);
    const digest = await fill(partial);
    let bytes = 0;
    for (const name of await readdir(partial)) {
      bytes += (await stat(join(partial, name))).size;
      await makeDurable(join(partial, name));
    }
    await makeDurable(partial);
    if (!(await renameIfAbsent(partial, target)) && !(await sameFiles(partial, target))) {
      throw new CheckpointError("exists", `${directory} exists already and holds something else than ${digest}`);
    }
    await makeDurable(parent);
    return { digest, bytes };
  } finally {
    await rm(partial, { recursive: true, force: true });
    writing.delete(basename(partial));
  }
}

/** Folders this process is writing right now. */
const writing = new Set<string>();

/** Removes what a killed process left of an earlier attempt at the same folder. */
async function removeAbandoned(parent: string, name: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(`.${name}.`) || !entry.endsWith(".partial") || writing.has(entry)) continue;
    const pid = Number(entry.slice(name.length + 2).split(".")[0]);
    if (pid !== process.pid && isAlive(pid)) continue;
    await rm(join(parent, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function makeDurable(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** False where `to` is there already; a folder is never replaced by a rename unless it is empty. */
async function renameIfAbsent(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOTEMPTY" || error.code === "EEXIST" || error.code === "ENOTDIR") return false;
      throw error;
    },
  );
}

async function sameFiles(a: string, b: string): Promise<boolean> {
  const names = await readdir(a);
  const others = await readdir(b).catch(() => null);
  if (others === null || others.sort().join("/") !== names.sort().join("/")) return false;
  for (const name of names) {
    if (!(await readFile(join(a, name))).equals(await readFile(join(b, name)))) return false;
  }
  return true;
}
