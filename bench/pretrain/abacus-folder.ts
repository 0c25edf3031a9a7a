/** The folder of `abacus` without its weights: configuration and tokenizer, as transformers reads them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { VOCABULARY } from "../../src/domains/arithmetic/vocabulary.ts";
import { abacusEosTokenId, abacusPadTokenId, writeAbacusTokenizer } from "./abacus-tokenizer.ts";

/** What may be chosen about the model; the rest follows from the tokenizer or is Qwen3's. */
export interface AbacusShape {
  /** D */
  readonly hiddenSize: number;
  /** F */
  readonly intermediateSize: number;
  /** L */
  readonly layers: number;
  /** H */
  readonly heads: number;
  /** K */
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly ropeTheta: number;
  readonly contextLength: number;
}

/** Writes config.json, generation_config.json and the tokenizer's files. `model.safetensors` is the trainer's to write. */
export async function writeAbacusFolder(directory: string, shape: AbacusShape): Promise<void> {
  await writeAbacusTokenizer(directory, shape.contextLength);
  const tokens = { bos_token_id: null, eos_token_id: abacusEosTokenId, pad_token_id: abacusPadTokenId };
  await writeJson(join(directory, "config.json"), {
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
    rope_theta: shape.ropeTheta,
    vocab_size: VOCABULARY.length,
    max_position_embeddings: shape.contextLength,
    tie_word_embeddings: true,
    attention_bias: false,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    dtype: "float32",
    ...tokens,
  });
  await writeJson(join(directory, "generation_config.json"), { do_sample: true, temperature: 1, ...tokens });
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
