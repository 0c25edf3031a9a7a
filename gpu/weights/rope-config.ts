/**
 * The rotary part of config.json. Version 4 of transformers wrote `rope_theta` and `rope_scaling`, version 5 writes
 * `rope_parameters` with both inside; where a file has both objects, `rope_scaling` counts, as there.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { isObject } from "./json-document.ts";
import { JsonFields } from "./json-fields.ts";

type RopeScaling = DecoderConfig["ropeScaling"];

/** (fields of the object, original context length, context length) -> scaling */
type Reader = (rope: JsonFields, original: () => number, contextLength: number) => RopeScaling;

/** Fields and defaults are those of transformers' modeling_rope_utils. A type that is not here is refused by name. */
const scalings = {
  default: () => null,
  linear: (rope) => ({ type: "linear", factor: rope.positive("factor") }),
  llama3: (rope, original) => {
    const lowFrequencyFactor = rope.positive("low_freq_factor");
    const highFrequencyFactor = rope.positive("high_freq_factor");
    if (highFrequencyFactor <= lowFrequencyFactor) {
      rope.refuse(
        "malformed",
        "high_freq_factor",
        highFrequencyFactor,
        `more than low_freq_factor ${lowFrequencyFactor}`,
      );
    }
    return {
      type: "llama3",
      factor: rope.positive("factor"),
      lowFrequencyFactor,
      highFrequencyFactor,
      originalContextLength: original(),
    };
  },
  yarn: (rope, original, contextLength) => ({
    type: "yarn",
    factor: rope.positive("factor", contextLength / original()),
    originalContextLength: original(),
    betaFast: rope.positive("beta_fast", 32),
    betaSlow: rope.positive("beta_slow", 1),
    truncate: rope.flag("truncate", true),
    attentionFactor: rope.nonNegative("attention_factor"),
    mscale: rope.nonNegative("mscale"),
    mscaleAllDim: rope.nonNegative("mscale_all_dim"),
  }),
} as const satisfies Record<NonNullable<RopeScaling>["type"] | "default", Reader>;

export function readRope(
  config: Readonly<Record<string, unknown>>,
  fields: JsonFields,
  contextLength: number,
): Pick<DecoderConfig, "ropeTheta" | "ropeScaling"> {
  const theta = fields.positive("rope_theta", 10_000);
  const name = (["rope_scaling", "rope_parameters"] as const).find((candidate) => {
    const value = config[candidate] ?? null;
    if (value !== null && !isObject(value)) fields.refuse("malformed", candidate, value, "an object");
    return value !== null && Object.keys(value).length > 0;
  });
  if (name === undefined) return { ropeTheta: theta, ropeScaling: null };
  const object = config[name] as Record<string, unknown>;
  const rope = new JsonFields(object, fields.label, `${name}.`);
  for (const [key, value] of Object.entries(object)) {
    if (isObject(value)) rope.refuse("unsupported", key, value, "one set of rope parameters for every layer");
  }
  const type = object.rope_type ?? object.type ?? "default";
  if (typeof type !== "string" || !Object.hasOwn(scalings, type)) {
    return rope.refuse("unsupported", "rope_type", type, `one of ${Object.keys(scalings).join(", ")}`);
  }
  rope.only("partial_rotary_factor", 1);
  const outside = "original_max_position_embeddings";
  const original = () => (fields.has(outside) ? fields.count(outside) : rope.count(outside, contextLength));
  return {
    ropeTheta: rope.positive("rope_theta", theta),
    ropeScaling: scalings[type as keyof typeof scalings](rope, original, contextLength),
  };
}
