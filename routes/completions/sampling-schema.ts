/** What both completion routes accept beside their prompt, with OpenAI's names and defaults, and vLLM's for the rest. */
import { z } from "@hono/zod-openapi";
import type { CompletionRequest } from "../../src/training/services.ts";
import { nullable, SeedSchema } from "../wire/field-schemas.ts";

const StreamOptionsSchema = z
  .strictObject({ include_usage: z.boolean().nullish() })
  .openapi("StreamOptions", { example: { include_usage: true } });

/** A field that clients send with its neutral value; any other value is refused rather than ignored. */
const onlyZero = nullable(z.literal(0), "Only 0 is supported.").optional();

export const samplingFields = {
  model: z.string().min(1).max(500).openapi({
    description: "A base model, `run_.../role` or a checkpoint id.",
    example: "abacus",
  }),
  temperature: z
    .number()
    .min(0)
    .max(10)
    .nullish()
    .openapi({ description: "1 unless told; below 1e-5 greedy, up to 0.01 as 0.01." }),
  top_p: z.number().gt(0).max(1).nullish().openapi({ description: "1 (off) unless told." }),
  top_k: z.int().min(-1).max(0x7fff_ffff).nullish().openapi({ description: "-1 or 0: off, which is the default." }),
  min_p: z.number().min(0).max(1).nullish().openapi({ description: "0 (off) unless told." }),
  n: z.int().min(1).max(256).nullish().openapi({ description: "Completions per prompt; 1 unless told." }),
  seed: SeedSchema.nullish(),
  stop: z
    .union([z.string().min(1).max(1000), z.array(z.string().min(1).max(1000)).max(16)], {
      error: "Must be a string or at most 16 strings.",
    })
    .nullish()
    .openapi({ description: "The text ends before the first of these." }),
  stream: z.boolean().nullish(),
  stream_options: nullable(StreamOptionsSchema).optional(),
  frequency_penalty: onlyZero,
  presence_penalty: onlyZero,
  user: z.string().max(1000).nullish().openapi({ description: "Accepted and ignored." }),
};

const SamplingFieldsSchema = z.object(samplingFields);

/** Fills the defaults and translates names. */
export function samplingOf(
  body: z.infer<typeof SamplingFieldsSchema>,
): Pick<CompletionRequest, "model" | "temperature" | "topP" | "topK" | "minP" | "n" | "seed" | "stop"> {
  const { stop } = body;
  return {
    model: body.model,
    temperature: body.temperature ?? 1,
    topP: body.top_p ?? 1,
    topK: Math.max(body.top_k ?? 0, 0),
    minP: body.min_p ?? 0,
    n: body.n ?? 1,
    seed: body.seed ?? null,
    stop: typeof stop === "string" ? [stop] : (stop ?? []),
  };
}

export const exampleUsage = { prompt_tokens: 7, completion_tokens: 6, total_tokens: 13 };

export const UsageSchema = z
  .object({
    prompt_tokens: z.number().int(),
    completion_tokens: z.number().int(),
    total_tokens: z.number().int(),
  })
  .openapi("Usage", { example: exampleUsage });

export function usageView(result: { promptTokens: number; completionTokens: number }): z.infer<typeof UsageSchema> {
  return {
    prompt_tokens: result.promptTokens,
    completion_tokens: result.completionTokens,
    total_tokens: result.promptTokens + result.completionTokens,
  };
}
