import { describe, expect, it } from "vitest";
import { parseModelConfig } from "../../../gpu/weights/model-config.ts";

/** Qwen3-0.6B's, as published. */
const qwen = {
  architectures: ["Qwen3ForCausalLM"],
  attention_bias: false,
  attention_dropout: 0,
  eos_token_id: 151645,
  head_dim: 128,
  hidden_act: "silu",
  hidden_size: 1024,
  intermediate_size: 3072,
  max_position_embeddings: 40960,
  max_window_layers: 28,
  model_type: "qwen3",
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: null,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  use_sliding_window: false,
  vocab_size: 151936,
};
const parse = (change: object) => parseModelConfig(JSON.stringify({ ...qwen, ...change }));

describe("config.json of qwen3", () => {
  it("becomes a DecoderConfig", () => {
    expect(parse({})).toEqual({
      decoder: {
        architecture: "qwen3",
        hiddenSize: 1024,
        intermediateSize: 3072,
        layers: 28,
        heads: 16,
        keyValueHeads: 8,
        headDim: 128,
        rmsNormEpsilon: 1e-6,
        ropeTheta: 1_000_000,
        vocabularySize: 151936,
        tieWordEmbeddings: true,
        contextLength: 40960,
        qkNorm: true,
      },
      eosTokenIds: [151645],
      padTokenId: null,
    });
  });

  it("takes transformers' defaults for what is absent", () => {
    const { decoder } = parse({
      head_dim: undefined,
      rms_norm_eps: undefined,
      rope_theta: undefined,
      tie_word_embeddings: undefined,
    });
    expect(decoder).toMatchObject({ headDim: 128, rmsNormEpsilon: 1e-6, ropeTheta: 10_000, tieWordEmbeddings: false });
  });

  it("reads version 5's rope_parameters", () => {
    const rope = { rope_theta: undefined, rope_parameters: { rope_type: "default", rope_theta: 5e5 } };
    expect(parse(rope).decoder.ropeTheta).toBe(5e5);
  });

  it("reads a list of stop ids", () => {
    expect(parse({ eos_token_id: [1, 2], pad_token_id: 3 })).toMatchObject({ eosTokenIds: [1, 2], padTokenId: 3 });
  });

  it.each([
    ["unsupported", { model_type: "llama" }, 'config.json: model_type is "llama"; expected one of qwen3'],
    ["unsupported", { model_type: undefined }, "model_type is missing"],
    ["unsupported", { hidden_act: "gelu" }, 'hidden_act is "gelu"; expected "silu"'],
    ["unsupported", { attention_bias: true }, "attention_bias is true"],
    ["unsupported", { use_sliding_window: true }, "use_sliding_window is true"],
    [
      "unsupported",
      { layer_types: ["full_attention", "sliding_attention"] },
      'layer_types is ["full_attention","sliding_attention"]',
    ],
    ["unsupported", { quantization_config: { bits: 4 } }, 'quantization_config is {"bits":4}'],
    ["unsupported", { rope_scaling: { type: "yarn", factor: 4 } }, 'rope_scaling.rope_type is "yarn"'],
    ["unsupported", { rope_parameters: { rope_type: "llama3" } }, 'rope_parameters.rope_type is "llama3"'],
    ["unsupported", { head_dim: 7 }, "head_dim is 7; expected an even number"],
    ["malformed", { hidden_size: undefined }, "hidden_size is missing; expected a positive integer"],
    ["malformed", { num_hidden_layers: 0 }, "num_hidden_layers is 0"],
    ["malformed", { vocab_size: 1.5 }, "vocab_size is 1.5"],
    ["malformed", { num_key_value_heads: 3 }, "num_key_value_heads is 3; expected a divisor of num_attention_heads 16"],
    ["malformed", { rms_norm_eps: -1 }, "rms_norm_eps is -1"],
    ["malformed", { tie_word_embeddings: "yes" }, 'tie_word_embeddings is "yes"'],
    ["malformed", { eos_token_id: 151936 }, "eos_token_id is 151936; expected token ids below vocab_size 151936"],
  ])("refuses as %s: %j", (code, change, message) => {
    expect(() => parse(change)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });

  it("refuses what is not a JSON object", () => {
    expect(() => parseModelConfig("[]", "x/config.json")).toThrow("x/config.json is not a JSON object");
  });
});
