/** Weights of a Hugging Face folder -> the flat vector the programs read. All of them are checked before one is read. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { parameterCount, parameterSpecs } from "../models/parameters.ts";
import { CheckpointError } from "../weights/checkpoint-error.ts";
import type { Dtype } from "../weights/dtype.ts";
import { type LocatedTensor, WeightFiles } from "../weights/weight-files.ts";
import { namedTensors } from "./flat-weights.ts";
import { type MappedWeights, mapWeights } from "./mapped-weights.ts";

const readable: readonly Dtype[] = ["F32", "F16", "BF16"];

/** The weights a model came with. */
export interface BaseWeights {
  /** [P] */
  readonly flat: Float32Array;
  /** Where they can be read as they are; null where they had to be converted. */
  readonly mapped: MappedWeights | null;
}

/**
 * @returns [P]
 * @throws CheckpointError `missing-file` or `malformed`, see WeightFiles.open; `tensor-mismatch` where names or shapes are
 *   not those of the configuration; `unsupported` for a dtype that is not float32, float16 or bfloat16.
 */
export const loadWeights = async (config: DecoderConfig, directory: string): Promise<Float32Array> =>
  (await loadBase(config, directory)).flat;

/** The same, and where they lie. */
export async function loadBase(config: DecoderConfig, directory: string): Promise<BaseWeights> {
  const files = await WeightFiles.open(directory);
  try {
    checkTensors(config, files.tensors, directory);
    const asked = parameterSpecs(config).map(({ name }) => files.tensors.get(name)!);
    const mapped = await mapWeights(asked, () => loadWeights(config, directory));
    const flat = new Float32Array(parameterCount(config));
    for (const { name, data } of namedTensors(config, flat)) data.set((await files.float32(name)).data);
    if (config.tieWordEmbeddings && files.tensors.has(tiedHead)) await checkTiedHead(flat, files, directory);
    return { flat, mapped };
  } finally {
    await files.close();
  }
}

const tiedHead = "lm_head.weight";
/** Tables that files of old Llama checkpoints carry along; ours come from config.json. */
const rotaryTable = /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/;

function checkTensors(config: DecoderConfig, tensors: ReadonlyMap<string, LocatedTensor>, directory: string): void {
  const specs = parameterSpecs(config);
  const asked = new Set(specs.map((spec) => spec.name));
  const missing = [...asked].filter((name) => !tensors.has(name));
  const unexpected = [...tensors.keys()].filter(
    (name) => !asked.has(name) && !rotaryTable.test(name) && !(name === tiedHead && config.tieWordEmbeddings),
  );
  const complaints = [
    ...(missing.length > 0 ? [`lacks ${listed(missing)} of ${asked.size}`] : []),
    ...(unexpected.length > 0 ? [`holds ${listed(unexpected)} that a ${config.architecture} has no place for`] : []),
  ];
  if (complaints.length > 0) throw new CheckpointError("tensor-mismatch", `${directory} ${complaints.join(", and ")}`);
  for (const { name, shape } of specs) {
    const tensor = tensors.get(name)!;
    const where = `${tensor.path}: tensor "${name}"`;
    if (tensor.shape.join() !== shape.join()) {
      throw new CheckpointError(
        "tensor-mismatch",
        `${where} has the shape [${tensor.shape}], config.json says [${shape}]`,
      );
    }
    if (!readable.includes(tensor.dtype)) {
      throw new CheckpointError("unsupported", `${where} is ${tensor.dtype}; expected one of ${readable.join(", ")}`);
    }
  }
}

/** "7 tensors (a, b, c, ...)" */
function listed(names: readonly string[]): string {
  const first = names.slice(0, 5).join(", ");
  return `${names.length} tensor${names.length === 1 ? "" : "s"} (${first}${names.length > 5 ? ", ..." : ""})`;
}

/** Where embeddings are tied a file may hold the head too, but not another one. */
async function checkTiedHead(flat: Float32Array, files: WeightFiles, directory: string): Promise<void> {
  const { data } = await files.float32(tiedHead);
  // The embedding table is the first parameter.
  if (data.every((value, i) => value === flat[i])) return;
  throw new CheckpointError(
    "tensor-mismatch",
    `${directory} ties its embeddings, but its ${tiedHead} is not the embedding table`,
  );
}
