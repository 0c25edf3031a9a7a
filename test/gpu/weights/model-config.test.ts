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

/** Qwen2.5-7B-Instruct's, as published: no head_dim, and a sliding window that is turned off. */
const qwen2 = {
  architectures: ["Qwen2ForCausalLM"],
  attention_dropout: 0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: "silu",
  hidden_size: 3584,
  initializer_range: 0.02,
  intermediate_size: 18944,
  max_position_embeddings: 32768,
  max_window_layers: 28,
  model_type: "qwen2",
  num_attention_heads: 28,
  num_hidden_layers: 28,
  num_key_value_heads: 4,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  sliding_window: 131072,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
  use_sliding_window: false,
  vocab_size: 152064,
};

/** Llama-3.2-1B's, as published. */
const llama = {
  architectures: ["LlamaForCausalLM"],
  attention_bias: false,
  attention_dropout: 0,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
  head_dim: 64,
  hidden_act: "silu",
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: "llama",
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
    rope_type: "llama3",
  },
  rope_theta: 500_000,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  vocab_size: 128256,
};
const parseWith = (base: object) => (change: object) => parseModelConfig(JSON.stringify({ ...base, ...change }));
const parse = parseWith(qwen);
const parseQwen2 = parseWith(qwen2);
const parseLlama = parseWith(llama);

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
        ropeScaling: null,
        vocabularySize: 151936,
        tieWordEmbeddings: true,
        contextLength: 40960,
        qkNorm: true,
        qkvBias: false,
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
    [
      "unsupported",
      { model_type: "gemma2" },
      'config.json: model_type is "gemma2"; expected one of qwen3, qwen2, llama',
    ],
    ["unsupported", { model_type: "toString" }, 'model_type is "toString"'],
    ["unsupported", { model_type: undefined }, "model_type is missing"],
    ["unsupported", { hidden_act: "gelu" }, 'hidden_act is "gelu"; expected "silu"'],
    ["unsupported", { attention_bias: true }, "attention_bias is true"],
    [
      "unsupported",
      { use_sliding_window: true, sliding_window: 4096, max_window_layers: 20 },
      "use_sliding_window is true; expected false: layers from 20 on would see 4096 of 40960 tokens",
    ],
    ["unsupported", { use_sliding_window: true, sliding_window: undefined, max_window_layers: 0 }, "4096 of 40960"],
    ["malformed", { use_sliding_window: "yes" }, 'use_sliding_window is "yes"; expected true or false'],
    [
      "unsupported",
      { layer_types: ["full_attention", "sliding_attention"] },
      'layer_types is ["full_attention","sliding_attention"]',
    ],
    ["unsupported", { quantization_config: { bits: 4 } }, 'quantization_config is {"bits":4}'],
    [
      "unsupported",
      { rope_scaling: { type: "dynamic", factor: 4 } },
      'rope_scaling.rope_type is "dynamic"; expected one of default, linear, llama3, yarn',
    ],
    ["unsupported", { rope_parameters: { rope_type: "longrope" } }, 'rope_parameters.rope_type is "longrope"'],
    ["unsupported", { rope_scaling: { rope_type: "constructor" } }, 'rope_scaling.rope_type is "constructor"'],
    ["unsupported", { rope_scaling: { rope_type: "linear", factor: 2, partial_rotary_factor: 0.5 } }, "is 0.5"],
    [
      "unsupported",
      { rope_parameters: { full_attention: { rope_type: "default" } } },
      'rope_parameters.full_attention is {"rope_type":"default"}; expected one set of rope parameters for every layer',
    ],
    ["malformed", { rope_scaling: "yarn" }, 'rope_scaling is "yarn"; expected an object'],
    ["malformed", { rope_scaling: { rope_type: "linear" } }, "rope_scaling.factor is missing"],
    ["malformed", { rope_scaling: { rope_type: "yarn", factor: -1 } }, "rope_scaling.factor is -1"],
    ["malformed", { rope_scaling: { ...llama.rope_scaling, low_freq_factor: 4 } }, "more than low_freq_factor 4"],
    ["unsupported", { num_hidden_layers: 1e9 }, "num_hidden_layers is 1000000000; expected at most 1024"],
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

  it.each([
    { sliding_window: null, max_window_layers: 0 },
    { sliding_window: 40960, max_window_layers: 0 },
    { sliding_window: 4096, max_window_layers: 28 },
    { sliding_window: 4096, max_window_layers: 0, layer_types: Array(28).fill("full_attention") },
  ])("takes a sliding window that hides nothing: %j", (change) => {
    expect(parse({ use_sliding_window: true, ...change }).decoder).toEqual(parse({}).decoder);
  });

  it("refuses what is not a JSON object", () => {
    expect(() => parseModelConfig("[]", "x/config.json")).toThrow("x/config.json is not a JSON object");
  });
});

describe("config.json of qwen2", () => {
  it("becomes a DecoderConfig with biases and without query and key norms", () => {
    expect(parseQwen2({}).decoder).toEqual({
      architecture: "qwen2",
      hiddenSize: 3584,
      intermediateSize: 18944,
      layers: 28,
      heads: 28,
      keyValueHeads: 4,
      headDim: 128,
      rmsNormEpsilon: 1e-6,
      ropeTheta: 1_000_000,
      ropeScaling: null,
      vocabularySize: 152064,
      tieWordEmbeddings: false,
      contextLength: 32768,
      qkNorm: false,
      qkvBias: true,
    });
  });

  it("reads the yarn that its model card asks for", () => {
    const scaling = { factor: 4, original_max_position_embeddings: 32768, type: "yarn" };
    expect(parseQwen2({ rope_scaling: scaling }).decoder.ropeScaling).toEqual({
      type: "yarn",
      factor: 4,
      originalContextLength: 32768,
      betaFast: 32,
      betaSlow: 1,
      truncate: true,
      attentionFactor: null,
      mscale: null,
      mscaleAllDim: null,
    });
  });

  it("refuses heads that do not divide the width", () => {
    expect(() => parseQwen2({ hidden_size: 3585 })).toThrow(
      "head_dim is 128.03571428571428; expected a positive integer",
    );
  });
});

describe("config.json of llama", () => {
  const scaling = {
    type: "llama3",
    factor: 32,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalContextLength: 8192,
  };

  it("becomes a DecoderConfig with its rope scaling", () => {
    const { decoder, eosTokenIds } = parseLlama({});
    expect(decoder).toEqual({
      architecture: "llama",
      hiddenSize: 2048,
      intermediateSize: 8192,
      layers: 16,
      heads: 32,
      keyValueHeads: 8,
      headDim: 64,
      rmsNormEpsilon: 1e-5,
      ropeTheta: 500_000,
      ropeScaling: scaling,
      vocabularySize: 128256,
      tieWordEmbeddings: true,
      contextLength: 131072,
      qkNorm: false,
      qkvBias: false,
    });
    expect(eosTokenIds).toEqual([128001, 128008, 128009]);
  });

  it("reads the same from version 5's rope_parameters", () => {
    const version5 = { rope_theta: undefined, rope_scaling: undefined };
    const rope_parameters = { ...llama.rope_scaling, rope_theta: 500_000 };
    expect(parseLlama({ ...version5, rope_parameters }).decoder).toEqual(parseLlama({}).decoder);
  });

  it("takes the original context from outside, then from inside, then the context", () => {
    const rope_scaling = { ...llama.rope_scaling, original_max_position_embeddings: undefined };
    const original = (change: object) => parseLlama(change).decoder.ropeScaling;
    expect(original({ original_max_position_embeddings: 4096 })).toMatchObject({ originalContextLength: 4096 });
    expect(original({ rope_scaling })).toMatchObject({ originalContextLength: 131072 });
  });

  it("gives every head keys of its own where num_key_value_heads is absent, as in Llama 2", () => {
    const { decoder } = parseLlama({ num_key_value_heads: undefined, head_dim: undefined, rope_scaling: null });
    expect(decoder).toMatchObject({ heads: 32, keyValueHeads: 32, headDim: 64, ropeScaling: null });
  });

  it("reads linear scaling, and refuses what it does not compute", () => {
    const linear = { type: "linear", factor: 2 };
    expect(parseLlama({ rope_scaling: linear }).decoder.ropeScaling).toEqual(linear);
    expect(() => parseLlama({ attention_bias: true })).toThrow("attention_bias is true; expected false or nothing");
    expect(() => parseLlama({ mlp_bias: true })).toThrow("mlp_bias is true; expected false or nothing");
    expect(() => parseLlama({ sliding_window: 4096 })).toThrow("sliding_window is 4096; expected null or nothing");
  });
});
