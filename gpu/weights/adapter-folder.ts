/** A LoRA adapter as PEFT lays it out: adapter_config.json and adapter_model.safetensors, in and out. */
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LoraConfig, loraTargets } from "../models/lora-config.ts";
import { CheckpointError } from "./checkpoint-error.ts";
import { parseJsonObject } from "./json-document.ts";
import type { NamedTensor } from "./named-tensor.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";
import type { Metadata } from "./safetensors-header.ts";
import { writeWholeFolder } from "./whole-folder.ts";

const configFile = "adapter_config.json";
const weightsFile = "adapter_model.safetensors";
/** What PEFT puts in front of the names of the model it wraps. */
const prefix = "base_model.model.";

/** True if the folder holds an adapter rather than a whole model. */
export const isAdapterFolder = (directory: string): Promise<boolean> =>
  access(join(directory, configFile)).then(
    () => true,
    () => false,
  );

/**
 * Goes into the file, so that its digest names what the weights do: alpha scales them, and they are nothing without the
 * weights they adapt. PEFT reads past it.
 */
export const adapterMetadata = ({ rank, alpha }: LoraConfig, baseWeights: string): Metadata => ({
  base: baseWeights,
  lora_alpha: String(alpha),
  r: String(rank),
});

/** The tensors under PEFT's names. */
export const peftTensors = (tensors: readonly NamedTensor[]): NamedTensor[] =>
  tensors.map((tensor) => ({ ...tensor, name: `${prefix}${tensor.name}` }));

export interface AdapterFolder {
  readonly lora: LoraConfig;
  /** Digest of the weights it was trained over; null in files that others wrote. */
  readonly baseWeights: string | null;
  /** Under the model's own names. */
  readonly tensors: readonly NamedTensor[];
}

/** @throws CheckpointError `missing-file`, `malformed`, or `unsupported` for a variant of LoRA that we do not compute. */
export async function readAdapterFolder(directory: string): Promise<AdapterFolder> {
  const path = join(directory, configFile);
  const lora = parseAdapterConfig(await readFile(path, "utf8"), path);
  const file = await SafetensorsFile.open(join(directory, weightsFile));
  try {
    const tensors: NamedTensor[] = [];
    for (const { name } of file.header.entries) {
      if (!name.startsWith(prefix))
        throw new CheckpointError("tensor-mismatch", `${file.path}: tensor "${name}" does not start with ${prefix}`);
      tensors.push({ ...(await file.float32(name)), name: name.slice(prefix.length) });
    }
    return { lora, baseWeights: file.header.metadata.base ?? null, tensors };
  } finally {
    await file.close();
  }
}

/**
 * Writes the folder whole or not at all, see writeWholeFolder.
 * @param baseModel what `base_model_name_or_path` says
 * @returns digest of adapter_model.safetensors, and bytes of the folder.
 */
export function writeAdapterFolder(
  directory: string,
  lora: LoraConfig,
  base: { readonly model: string; readonly weights: string },
  tensors: readonly NamedTensor[],
): Promise<{ digest: `sha256:${string}`; bytes: number }> {
  return writeWholeFolder(directory, async (partial) => {
    await writeFile(join(partial, configFile), adapterConfig(lora, base.model));
    const written = await writeSafetensors(
      join(partial, weightsFile),
      peftTensors(tensors),
      adapterMetadata(lora, base.weights),
    );
    return written.digest;
  });
}

/** Fields at which PEFT's LoraConfig could mean something else than we compute, at the value that they must have. */
const plainLora = {
  peft_type: "LORA",
  bias: "none",
  fan_in_fan_out: false,
  use_rslora: false,
  use_dora: false,
  lora_dropout: 0,
  modules_to_save: null,
  layers_to_transform: null,
  layers_pattern: null,
  rank_pattern: {},
  alpha_pattern: {},
} as const;

/** The same for fields that only newer versions know; not written, since older ones refuse what they do not know. */
const plainNewerLora = {
  lora_bias: false,
  layer_replication: null,
  exclude_modules: null,
  target_parameters: null,
  trainable_token_indices: null,
  use_qalora: false,
  use_bdlora: null,
  alora_invocation_tokens: null,
  arrow_config: null,
  kasa_config: null,
  monteclora_config: null,
  velora_config: null,
} as const;

function adapterConfig({ rank, alpha, targets }: LoraConfig, baseModel: string): string {
  const fields = {
    ...plainLora,
    base_model_name_or_path: baseModel,
    task_type: "CAUSAL_LM",
    inference_mode: true,
    init_lora_weights: true,
    r: rank,
    lora_alpha: alpha,
    target_modules: [...targets],
  };
  const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

function parseAdapterConfig(text: string, path: string): LoraConfig {
  const config = parseJsonObject(text, path);
  const refuse = (code: "malformed" | "unsupported", field: string, expected: string): never => {
    throw new CheckpointError(code, `${path}: ${field} is ${JSON.stringify(config[field])}; expected ${expected}`);
  };
  for (const [field, plain] of Object.entries({ ...plainLora, ...plainNewerLora })) {
    const found = config[field] ?? plain;
    if (JSON.stringify(found) !== JSON.stringify(plain)) refuse("unsupported", field, JSON.stringify(plain));
  }
  const { r, lora_alpha: alpha, target_modules: modules } = config;
  if (!Number.isSafeInteger(r) || (r as number) < 1) return refuse("malformed", "r", "a positive integer");
  if (typeof alpha !== "number" || !(alpha > 0)) return refuse("malformed", "lora_alpha", "a positive number");
  const named = Array.isArray(modules) ? modules : [];
  const targets = modules === "all-linear" ? [...loraTargets] : loraTargets.filter((target) => named.includes(target));
  if (targets.length === 0 || (Array.isArray(modules) && targets.length !== new Set(named).size))
    return refuse("unsupported", "target_modules", `a list of some of ${loraTargets.join(", ")}`);
  return { rank: r as number, alpha, targets };
}
