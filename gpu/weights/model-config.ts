/**
 * Hugging Face's config.json -> DecoderConfig, or a refusal that names the field and its value. Version 4 and version 5
 * files of transformers are both read. A switch we do not implement is accepted only at the value that turns it off: a
 * model that loads must compute what its author trained.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { type Architecture, architectures, isArchitecture } from "./architectures.ts";
import { parseJsonObject } from "./json-document.ts";
import { JsonFields } from "./json-fields.ts";
import { readRope } from "./rope-config.ts";

export interface ModelConfig {
  readonly decoder: DecoderConfig;
  /** As config.json says; generation_config.json, where there is one, has the last word on when to stop. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | null;
}

/** Deeper than any model made: a bound before names of weights are made from it. */
const mostLayers = 1024;

/**
 * @param text contents of config.json.
 * @param label names the file in errors.
 * @throws CheckpointError `malformed` (a missing or impossible value) or `unsupported` (one we cannot compute).
 */
export function parseModelConfig(text: string, label = "config.json"): ModelConfig {
  const config = parseJsonObject(text, label);
  const fields = new JsonFields(config, label);
  const { model_type: name } = config;
  if (!isArchitecture(name)) {
    return fields.refuse("unsupported", "model_type", name, `one of ${Object.keys(architectures).join(", ")}`);
  }
  const architecture: Architecture = architectures[name];
  for (const [field, value] of Object.entries(architecture.off)) fields.only(field, value);
  const layers = fields.count("num_hidden_layers");
  if (layers > mostLayers) fields.refuse("unsupported", "num_hidden_layers", layers, `at most ${mostLayers}`);
  const contextLength = fields.count("max_position_embeddings");
  refuseSlidingWindow(config, fields, layers, contextLength);
  const heads = fields.count("num_attention_heads");
  const keyValueHeads = fields.count("num_key_value_heads", architecture.keyValueHeads === "heads" ? heads : undefined);
  if (heads % keyValueHeads !== 0) {
    fields.refuse("malformed", "num_key_value_heads", keyValueHeads, `a divisor of num_attention_heads ${heads}`);
  }
  const hiddenSize = fields.count("hidden_size");
  const headDim = fields.count(
    "head_dim",
    architecture.headDim === "derived" ? hiddenSize / heads : architecture.headDim,
  );
  if (headDim % 2 !== 0) fields.refuse("unsupported", "head_dim", headDim, "an even number");
  const vocabularySize = fields.count("vocab_size");
  const eosTokenIds = fields.tokenIds("eos_token_id", vocabularySize);
  return {
    decoder: {
      architecture: name,
      hiddenSize,
      intermediateSize: fields.count("intermediate_size"),
      layers,
      heads,
      keyValueHeads,
      headDim,
      rmsNormEpsilon: fields.positive("rms_norm_eps", 1e-6),
      ...readRope(config, fields, contextLength),
      vocabularySize,
      tieWordEmbeddings: fields.flag("tie_word_embeddings", false),
      contextLength,
      qkNorm: architecture.qkNorm,
      qkvBias: architecture.qkvBias,
    },
    eosTokenIds,
    padTokenId: fields.tokenIds("pad_token_id", vocabularySize)[0] ?? null,
  };
}

/**
 * `layer_types` says which layers have a window; without it, those from max_window_layers (28) on do, if
 * use_sliding_window is true. A window as long as the context hides nothing.
 */
function refuseSlidingWindow(
  config: Readonly<Record<string, unknown>>,
  fields: JsonFields,
  layers: number,
  contextLength: number,
): void {
  const { layer_types: types } = config;
  if (Array.isArray(types)) {
    if (types.some((type) => type !== "full_attention")) {
      fields.refuse("unsupported", "layer_types", types, "full_attention in every layer");
    }
    return;
  }
  if (!fields.flag("use_sliding_window", false)) return;
  const firstLayer = fields.nonNegative("max_window_layers") ?? 28;
  const window =
    "sliding_window" in config && !fields.has("sliding_window") ? null : fields.count("sliding_window", 4096);
  if (window === null || window >= contextLength || firstLayer >= layers) return;
  const effect = `layers from ${firstLayer} on would see ${window} of ${contextLength} tokens`;
  fields.refuse("unsupported", "use_sliding_window", true, `false: ${effect}`);
}
