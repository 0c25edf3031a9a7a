/** /v1/chat/completions on the wire. */
import { z } from "@hono/zod-openapi";
import type { CompletionChoice, CompletionResult } from "../../src/training/services.ts";
import { DigestSchema, nullable } from "../wire/field-schemas.ts";
import { ChatLogprobsSchema, chatLogprobs } from "./logprobs-schema.ts";
import { exampleUsage, samplingFields, UsageSchema } from "./sampling-schema.ts";

const content = z.string().max(65_536);

export const ChatMessageSchema = z
  .strictObject({
    role: z.enum(["system", "user", "assistant"]),
    content: z
      .union(
        [
          content,
          z.array(
            z
              .strictObject({ type: z.literal("text"), text: content })
              .openapi("TextPart", { example: { type: "text", text: "12+18-2" } }),
          ),
        ],
        { error: "Must be a string or a list of text parts." },
      )
      .openapi({ description: "Text, or parts of text that are joined." }),
  })
  .openapi("ChatMessage", { example: { role: "user", content: "12+18-2" } });

export const ChatCompletionCreateSchema = z
  .strictObject({
    ...samplingFields,
    messages: z.array(ChatMessageSchema).min(1).max(1024),
    max_tokens: z.int().min(1).max(65_536).nullish().openapi({
      description: "Half of the model's length unless told; `max_completion_tokens` goes first.",
    }),
    max_completion_tokens: z.int().min(1).max(65_536).nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().min(0).max(20).nullish().openapi({ description: "Needs `logprobs`." }),
  })
  .refine((body) => body.logprobs === true || (body.top_logprobs ?? 0) === 0, {
    path: ["top_logprobs"],
    message: "Needs `logprobs: true`.",
  })
  .openapi("ChatCompletionCreate", {
    example: { model: "abacus", messages: [{ role: "user", content: "12+18-2" }], temperature: 0 },
  });

const exampleMessage = { role: "assistant" as const, content: "30,28" };
const exampleChoice = { index: 0, message: exampleMessage, logprobs: null, finish_reason: "stop" as const };

export const ChatChoiceSchema = z
  .object({
    index: z.number().int(),
    message: z
      .object({ role: z.literal("assistant"), content: z.string() })
      .openapi("AssistantMessage", { example: exampleMessage }),
    logprobs: nullable(ChatLogprobsSchema),
    finish_reason: z.enum(["stop", "length"]),
  })
  .openapi("ChatChoice", { example: exampleChoice });

const head = {
  id: z.string(),
  created: z.number().int(),
  model: z.string(),
  weights: DigestSchema.openapi({ description: "The weights that wrote it." }),
};

const exampleHead = {
  id: "chatcmpl-01JZX3T6G2M4N6B8V0C1X3Z5A7",
  created: 1787391000,
  model: "abacus",
  weights: `sha256:${"9f86d081884c7d65".repeat(4)}`,
};

export const ChatCompletionSchema = z
  .object({
    ...head,
    object: z.literal("chat.completion"),
    choices: z.array(ChatChoiceSchema),
    usage: UsageSchema,
  })
  .openapi("ChatCompletion", {
    example: { ...exampleHead, object: "chat.completion", choices: [exampleChoice], usage: exampleUsage },
  });

const exampleDelta = {
  index: 0,
  delta: { role: "assistant" as const, content: "30,28" },
  logprobs: null,
  finish_reason: null,
};

export const ChatChunkSchema = z
  .object({
    ...head,
    object: z.literal("chat.completion.chunk"),
    choices: z.array(
      z
        .object({
          index: z.number().int(),
          delta: z
            .object({ role: z.literal("assistant").optional(), content: z.string().optional() })
            .openapi("ChatDelta", { example: exampleDelta.delta }),
          logprobs: nullable(ChatLogprobsSchema),
          finish_reason: z.enum(["stop", "length"]).nullable(),
        })
        .openapi("ChatChunkChoice", { example: exampleDelta }),
    ),
    usage: nullable(UsageSchema),
  })
  .openapi("ChatCompletionChunk", {
    description: [
      "With `stream`: the text of each choice as it is written, then its finish reason, then the usage if asked for, each",
      "as the `data` of a server-sent event. `data: [DONE]` ends the stream; an OpenAiError in its place says that it broke.",
    ].join(" "),
    example: { ...exampleHead, object: "chat.completion.chunk", choices: [exampleDelta], usage: null },
  });

export function messagesOf(messages: readonly z.infer<typeof ChatMessageSchema>[]) {
  return messages.map(({ role, content }) => ({
    role,
    content: typeof content === "string" ? content : content.map((part) => part.text).join(""),
  }));
}

export function chatHead(result: Pick<CompletionResult, "model" | "weights">, id: string, created: number) {
  return { id, created, model: result.model, weights: result.weights };
}

export function chatChoiceView(choice: CompletionChoice): z.infer<typeof ChatChoiceSchema> {
  return {
    index: choice.index,
    message: { role: "assistant", content: choice.text },
    logprobs: choice.logprobs === null ? null : chatLogprobs(choice.logprobs),
    finish_reason: choice.finishReason,
  };
}
