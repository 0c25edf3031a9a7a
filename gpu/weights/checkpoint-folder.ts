/** A Hugging Face model folder as a whole: what `from_pretrained` reads, in and out. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "./checkpoint-error.ts";
import { parseJsonObject } from "./json-document.ts";
import { type ModelConfig, parseModelConfig } from "./model-config.ts";
import type { NamedTensor } from "./named-tensor.ts";
import { writeSafetensors } from "./safetensors.ts";
import { writeWholeFolder } from "./whole-folder.ts";

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
  return writeWholeFolder(directory, async (partial) => {
    const configPath = join(modelFrom, "config.json");
    await writeFile(join(partial, "config.json"), float32Config(await readConfigText(configPath), configPath));
    for (const name of companionFiles) {
      await cp(join(modelFrom, name), join(partial, name), { dereference: true }).catch(absentIsFine);
    }
    return (await writeSafetensors(join(partial, "model.safetensors"), tensors)).digest;
  });
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
