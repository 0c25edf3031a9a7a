/** /v1/completions on the wire. */
import { z } from "@hono/zod-openapi";
import type { CompletionChoice, CompletionResult } from "../../src/training/services.ts";
import { DigestSchema, nullable, TokenIdSchema } from "../wire/field-schemas.ts";
import { completionLogprobs, TextLogprobsSchema } from "./logprobs-schema.ts";
import { exampleUsage, samplingFields, UsageSchema } from "./sampling-schema.ts";

const text = z.string().max(65_536);
const tokenIds = z.array(TokenIdSchema).min(1).max(65_536);

export const CompletionCreateSchema = z
  .strictObject({
    ...samplingFields,
    prompt: z
      .union([text, tokenIds, z.array(text).min(1).max(1024), z.array(tokenIds).min(1).max(1024)], {
        error: "Must be a string, a list of token ids, or a list of either (at most 1024 prompts).",
      })
      .openapi({ description: "One prompt or several, each as text or as token ids." }),
    max_tokens: z.int().min(0).max(65_536).nullish().openapi({ description: "16 unless told." }),
    logprobs: z.int().min(0).max(20).nullish().openapi({
      description: "How many likeliest tokens to report at each position; the written token is always among them.",
    }),
    echo: z.boolean().nullish().openapi({ description: "Repeat the prompt, with its log-probabilities if asked for." }),
  })
  .openapi("CompletionCreate", { example: { model: "abacus", prompt: "12+18-2", max_tokens: 16, temperature: 0 } });

const finishReason = z.enum(["stop", "length"]);

const textChoice = {
  index: z.number().int().openapi({ description: "prompt * n + sample." }),
  text: z.string(),
  token_ids: z.array(z.number().int()),
  logprobs: nullable(TextLogprobsSchema),
};

export const TextChoiceSchema = z.object({ ...textChoice, finish_reason: finishReason }).openapi("TextChoice", {
  example: { index: 0, text: "30,28", token_ids: [5, 2, 14, 4, 10, 1], logprobs: null, finish_reason: "stop" },
});

const exampleCompletion = {
  id: "cmpl-01JZX3T6G2M4N6B8V0C1X3Z5A7",
  object: "text_completion" as const,
  created: 1787391000,
  model: "abacus",
  weights: `sha256:${"9f86d081884c7d65".repeat(4)}`,
  choices: [
    { index: 0, text: "30,28", token_ids: [5, 2, 14, 4, 10, 1], logprobs: null, finish_reason: "stop" as const },
  ],
  usage: exampleUsage,
};

export const TextChunkChoiceSchema = z
  .object({ ...textChoice, finish_reason: nullable(finishReason) })
  .openapi("TextChunkChoice", {
    example: { index: 0, text: "30", token_ids: [5, 2], logprobs: null, finish_reason: null },
  });

const completionFields = {
  id: z.string(),
  object: z.literal("text_completion"),
  created: z.number().int(),
  model: z.string(),
  weights: DigestSchema.openapi({ description: "The weights that wrote it." }),
};

export const CompletionSchema = z
  .object({ ...completionFields, choices: z.array(TextChoiceSchema), usage: UsageSchema })
  .openapi("Completion", { example: exampleCompletion });

export const CompletionChunkSchema = z
  .object({ ...completionFields, choices: z.array(TextChunkChoiceSchema), usage: nullable(UsageSchema) })
  .openapi("CompletionChunk", {
    description: [
      "With `stream`: pieces of the choices as they are written, then the usage if asked for, each as the `data` of a",
      "server-sent event. `data: [DONE]` ends the stream; an OpenAiError in its place says that it broke.",
    ].join(" "),
    example: { ...exampleCompletion, usage: null },
  });

/** Text and token-id prompts to a list; which of the four forms it was shows in the first element. */
export function promptsOf(prompt: z.infer<typeof CompletionCreateSchema>["prompt"]): (string | number[])[] {
  if (typeof prompt === "string") return [prompt];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as (string | number[])[]);
}

export function textChoiceView(choice: CompletionChoice): z.infer<typeof TextChoiceSchema> {
  return {
    index: choice.index,
    text: choice.text,
    token_ids: [...choice.tokenIds],
    logprobs: choice.logprobs === null ? null : completionLogprobs(choice.logprobs),
    finish_reason: choice.finishReason,
  };
}

export function completionHead(result: Pick<CompletionResult, "model" | "weights">, id: string, created: number) {
  return { id, object: "text_completion" as const, created, model: result.model, weights: result.weights };
}
