import { ulid } from "ulid";
import { endpoint } from "../edge/endpoint.ts";
import { timed } from "../edge/server-timing.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { chatChunks } from "./chat-chunks.ts";
import {
  ChatChunkSchema,
  ChatCompletionCreateSchema,
  ChatCompletionSchema,
  chatChoiceView,
  chatHead,
  messagesOf,
} from "./chat-completion-schema.ts";
import { streamChunks } from "./chunk-stream.ts";
import { samplingOf, usageView } from "./sampling-schema.ts";

export const createChatCompletion = endpoint(
  {
    method: "post",
    path: "/v1/chat/completions",
    operationId: "chat_completions_create",
    tags: ["completions"],
    summary: "Answer messages",
    description: [
      "OpenAI-compatible, through the model's own chat template. Served between training steps. Log-probabilities are",
      "of the raw distribution. Fields that are not listed are refused by name.",
    ].join(" "),
    request: { body: { required: true, content: { "application/json": { schema: ChatCompletionCreateSchema } } } },
    responses: {
      200: {
        description: "The answer; as chunks with `stream`.",
        content: {
          "application/json": { schema: ChatCompletionSchema },
          "text/event-stream": { schema: ChatChunkSchema },
        },
      },
      ...errorResponses(
        [
          ...bodyErrors,
          "not-found",
          "pruned",
          "invalid-value",
          "context-length-exceeded",
          "cancelled",
          "too-many-queued",
          "engine-crashed",
          "out-of-memory",
        ],
        "openai",
      ),
    },
  },
  async (c) => {
    const body = c.req.valid("json");
    const { completions, models } = c.var.services;
    const created = c.var.edge.clock().getTime();
    const asked = body.max_completion_tokens ?? body.max_tokens;
    const id = `chatcmpl-${ulid(created)}`;
    const seconds = Math.floor(created / 1000);
    const gone = new AbortController();
    const request = {
      ...samplingOf(body),
      messages: messagesOf(body.messages),
      maxTokens: asked ?? Math.max(1, Math.floor(models.get(body.model).contextLength / 2)),
      logprobs: body.logprobs === true ? (body.top_logprobs ?? 0) : null,
      signal: AbortSignal.any([c.req.raw.signal, gone.signal]),
    };
    if (body.stream === true) {
      const includeUsage = body.stream_options?.include_usage === true;
      const chunks = chatChunks(await completions.streamChat(request), { id, created: seconds, includeUsage });
      return streamChunks(c, chunks, () => gone.abort()) as never;
    }
    const result = await timed(c, "model", () => completions.chat(request));
    const choices = result.choices.map(chatChoiceView);
    const object = "chat.completion" as const;
    return c.json({ ...chatHead(result, id, seconds), object, choices, usage: usageView(result) }, 200);
  },
);
