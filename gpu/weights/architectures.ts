/** What each model_type of config.json stands for, in one table: the only place that tells architectures apart. */
import type { DecoderConfig } from "../models/decoder-config.ts";

export interface Architecture {
  readonly qkNorm: boolean;
  readonly qkvBias: boolean;
  /** head_dim where config.json has none; "derived" is hidden_size / num_attention_heads. */
  readonly headDim: number | "derived";
  /** num_key_value_heads where config.json has none; "heads" is num_attention_heads: every head has keys of its own. */
  readonly keyValueHeads: "required" | "heads";
  /** Switches we do not compute, at the value that turns them off. A field that is not here is not read. */
  readonly off: Readonly<Record<string, string | boolean | number | null>>;
}

/** hidden_act is no switch, but "silu" is the only one computed. */
const everywhere = { hidden_act: "silu", quantization_config: null, partial_rotary_factor: 1 } as const;

/** Fields and defaults are those of transformers' Qwen3Config, Qwen2Config and LlamaConfig. */
export const architectures = {
  qwen3: {
    qkNorm: true,
    qkvBias: false,
    headDim: 128,
    keyValueHeads: "required",
    off: { ...everywhere, attention_bias: false },
  },
  qwen2: {
    qkNorm: false,
    qkvBias: true,
    headDim: "derived",
    keyValueHeads: "required",
    off: everywhere,
  },
  llama: {
    qkNorm: false,
    qkvBias: false,
    headDim: "derived",
    keyValueHeads: "heads",
    off: { ...everywhere, attention_bias: false, mlp_bias: false, sliding_window: null },
  },
} as const satisfies Record<DecoderConfig["architecture"], Architecture>;

export const isArchitecture = (name: unknown): name is DecoderConfig["architecture"] =>
  typeof name === "string" && Object.hasOwn(architectures, name);
