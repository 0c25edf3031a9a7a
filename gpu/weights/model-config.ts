/**
 * Hugging Face's config.json -> DecoderConfig, or a refusal that names the field and its value. Names and defaults are
 * those of transformers' Qwen3Config; version 4 and version 5 files are both read. A switch we do not implement is
 * accepted only at the value that turns it off: a model that loads must compute what its author trained.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { CheckpointError } from "./checkpoint-error.ts";
import { isObject, parseJsonObject } from "./json-document.ts";

export interface ModelConfig {
  readonly decoder: DecoderConfig;
  /** As config.json says; generation_config.json, where there is one, has the last word on when to stop. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | null;
}

const architectures = ["qwen3"] as const;

/**
 * @param text contents of config.json.
 * @param label names the file in errors.
 * @throws CheckpointError `malformed` (a missing or impossible value) or `unsupported` (one we cannot compute).
 */
export function parseModelConfig(text: string, label = "config.json"): ModelConfig {
  const config = parseJsonObject(text, label);
  const fields = new Fields(config, label);
  const architecture = architectures.find((known) => known === config.model_type);
  if (architecture === undefined) {
    return fields.refuse("unsupported", "model_type", config.model_type, `one of ${architectures.join(", ")}`);
  }
  fields.only("hidden_act", "silu");
  fields.only("attention_bias", false);
  fields.only("use_sliding_window", false);
  fields.only("quantization_config", null);
  fields.only("partial_rotary_factor", 1);
  const layers = fields.count("num_hidden_layers");
  const { layer_types: layerTypes } = config;
  if (Array.isArray(layerTypes) && layerTypes.some((type) => type !== "full_attention")) {
    fields.refuse("unsupported", "layer_types", layerTypes, "full_attention in every layer");
  }
  const heads = fields.count("num_attention_heads");
  const keyValueHeads = fields.count("num_key_value_heads");
  if (heads % keyValueHeads !== 0) {
    fields.refuse("malformed", "num_key_value_heads", keyValueHeads, `a divisor of num_attention_heads ${heads}`);
  }
  const headDim = fields.count("head_dim", 128);
  if (headDim % 2 !== 0) fields.refuse("unsupported", "head_dim", headDim, "an even number");
  const vocabularySize = fields.count("vocab_size");
  const eosTokenIds = fields.tokenIds("eos_token_id", vocabularySize);
  return {
    decoder: {
      architecture,
      hiddenSize: fields.count("hidden_size"),
      intermediateSize: fields.count("intermediate_size"),
      layers,
      heads,
      keyValueHeads,
      headDim,
      rmsNormEpsilon: fields.positive("rms_norm_eps", 1e-6),
      ropeTheta: ropeTheta(config, fields),
      vocabularySize,
      tieWordEmbeddings: fields.flag("tie_word_embeddings", false),
      contextLength: fields.count("max_position_embeddings"),
      qkNorm: true,
    },
    eosTokenIds,
    padTokenId: fields.tokenIds("pad_token_id", vocabularySize)[0] ?? null,
  };
}

/** Version 4 wrote `rope_theta` and `rope_scaling`, version 5 writes `rope_parameters` with both inside. */
function ropeTheta(config: Record<string, unknown>, fields: Fields): number {
  for (const name of ["rope_scaling", "rope_parameters"]) {
    const rope = config[name];
    if (rope === undefined || rope === null) continue;
    if (!isObject(rope)) return fields.refuse("malformed", name, rope, "an object");
    const type = rope.rope_type ?? rope.type ?? "default";
    if (type !== "default") fields.refuse("unsupported", `${name}.rope_type`, type, '"default"');
    new Fields(rope, fields.label, `${name}.`).only("partial_rotary_factor", 1);
    if (rope.rope_theta !== undefined) return new Fields(rope, fields.label, `${name}.`).positive("rope_theta");
  }
  return fields.positive("rope_theta", 10_000);
}

/** Typed reads of one JSON object; every refusal says file, field, value and what would be right. */
class Fields {
  readonly label: string;
  readonly #object: Record<string, unknown>;
  readonly #prefix: string;

  constructor(object: Record<string, unknown>, label: string, prefix = "") {
    this.#object = object;
    this.label = label;
    this.#prefix = prefix;
  }

  refuse(code: "malformed" | "unsupported", field: string, value: unknown, expected: string): never {
    const found = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
    throw new CheckpointError(code, `${this.label}: ${this.#prefix}${field} ${found}; expected ${expected}`);
  }

  count(field: string, absent?: number): number {
    const value = this.#object[field] ?? absent;
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
    return this.refuse("malformed", field, value, "a positive integer");
  }

  positive(field: string, absent?: number): number {
    const value = this.#object[field] ?? absent;
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    return this.refuse("malformed", field, value, "a positive number");
  }

  flag(field: string, absent: boolean): boolean {
    const value = this.#object[field] ?? absent;
    return typeof value === "boolean" ? value : this.refuse("malformed", field, value, "true or false");
  }

  /** One id, a list of ids, or none. */
  tokenIds(field: string, vocabularySize: number): number[] {
    const value = this.#object[field] ?? [];
    const ids = Array.isArray(value) ? value : [value];
    for (const id of ids) {
      if (Number.isSafeInteger(id) && id >= 0 && id < vocabularySize) continue;
      this.refuse("malformed", field, value, `token ids below vocab_size ${vocabularySize}`);
    }
    return ids;
  }

  /** Absent, null or exactly `value`. */
  only(field: string, value: string | boolean | number | null): void {
    const found = this.#object[field] ?? value;
    if (found !== value) this.refuse("unsupported", field, found, `${JSON.stringify(value)} or nothing`);
  }
}
