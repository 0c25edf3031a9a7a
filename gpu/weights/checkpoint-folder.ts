/** A Hugging Face model folder as a whole: what `from_pretrained` reads, in and out. */
import { randomUUID } from "node:crypto";
import { cp, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CheckpointError } from "./checkpoint-error.ts";
import { parseJsonObject } from "./json-document.ts";
import { type ModelConfig, parseModelConfig } from "./model-config.ts";
import type { NamedTensor } from "./named-tensor.ts";
import { writeSafetensors } from "./safetensors.ts";

/** What belongs to a model beside its weights and config.json; copied byte for byte where it is present. */
const companionFiles = [
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "vocab.json",
  "merges.txt",
] as const;

/** What config.json of a folder says. @throws CheckpointError `missing-file`, `malformed` or `unsupported`. */
export async function readModelConfig(directory: string): Promise<ModelConfig> {
  const path = join(directory, "config.json");
  return parseModelConfig(await readConfigText(path), path);
}

/**
 * Writes a complete folder: the configuration and tokenizer of the folder `modelFrom`, and `tensors` as one float32
 * model.safetensors. The folder appears whole and durable or not at all, whenever the process is killed. A folder that
 * already holds exactly this is left as it is, so that a resumed run may save again.
 * @returns digest of the weights and bytes of the folder.
 * @throws CheckpointError `exists` if the folder holds anything else; `tensor-mismatch` for bad tensors.
 */
export async function writeCheckpointFolder(
  directory: string,
  modelFrom: string,
  tensors: Iterable<NamedTensor>,
): Promise<{ digest: `sha256:${string}`; bytes: number }> {
  const target = resolve(directory);
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent, basename(target));
  const partial = join(parent, `.${basename(target)}.${process.pid}.${randomUUID()}.partial`);
  writing.add(basename(partial));
  try {
    await mkdir(partial);
    const configPath = join(modelFrom, "config.json");
    await writeFile(join(partial, "config.json"), float32Config(await readConfigText(configPath), configPath));
    for (const name of companionFiles) {
      await cp(join(modelFrom, name), join(partial, name), { dereference: true }).catch(absentIsFine);
    }
    const { digest } = await writeSafetensors(join(partial, "model.safetensors"), tensors);
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

/** The weights are float32 whatever the original's were; transformers would round them to what the file says. */
function float32Config(text: string, path: string): string {
  const { torch_dtype: _replaced, ...config } = parseJsonObject(text, path);
  return `${JSON.stringify({ ...config, dtype: "float32" }, null, 2)}\n`;
}

async function readConfigText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") throw new CheckpointError("missing-file", `${path} does not exist`, { cause });
    throw cause;
  });
}

function absentIsFine(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
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
