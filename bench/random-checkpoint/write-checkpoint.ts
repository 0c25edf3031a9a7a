/** A Hugging Face folder of any Qwen3 shape with random weights: as large as a real one, and nothing to download. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { namedTensors } from "../../gpu/engine/flat-weights.ts";
import { parameterCount } from "../../gpu/models/parameters.ts";
import { readModelConfig } from "../../gpu/weights/checkpoint-folder.ts";
import { writeSafetensors } from "../../gpu/weights/safetensors.ts";
import { noise } from "../speed/noise.ts";
import { writeRandomTokenizer } from "./tokenizer.ts";

export interface RandomShape {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
}

/** arXiv 2505.09388 */
export const qwen3Small: RandomShape = {
  layers: 28,
  hiddenSize: 1024,
  intermediateSize: 3072,
  heads: 16,
  keyValueHeads: 8,
  headDim: 128,
  vocabularySize: 151_936,
  contextLength: 40_960,
};

/** Float32 weights, small and around 0, gains 1. @throws CheckpointError `exists` where there are weights already */
export async function writeRandomCheckpoint(
  directory: string,
  shape: RandomShape,
): Promise<{ parameters: number; bytes: number; digest: string }> {
  await mkdir(directory, { recursive: true });
  const config = {
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    hidden_size: shape.hiddenSize,
    intermediate_size: shape.intermediateSize,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyValueHeads,
    head_dim: shape.headDim,
    hidden_act: "silu",
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    vocab_size: shape.vocabularySize,
    max_position_embeddings: shape.contextLength,
    tie_word_embeddings: true,
    attention_bias: false,
    attention_dropout: 0,
    dtype: "float32",
    bos_token_id: null,
    eos_token_id: 0,
    pad_token_id: 0,
  };
  await writeFile(join(directory, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  await writeRandomTokenizer(directory, shape.vocabularySize, shape.contextLength);
  const { decoder } = await readModelConfig(directory);
  const tensors = namedTensors(decoder, noise(parameterCount(decoder)));
  for (const { name, data } of tensors) if (name.endsWith("norm.weight")) data.fill(1);
  const written = await writeSafetensors(join(directory, "model.safetensors"), tensors);
  return { parameters: parameterCount(decoder), ...written };
}
