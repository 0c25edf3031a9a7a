import { ulid } from "ulid";
import { endpoint } from "../edge/endpoint.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import {
  ChatChunkSchema,
  ChatCompletionCreateSchema,
  ChatCompletionSchema,
  chatChoiceView,
  chatDeltas,
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
    const result = await completions.chat({
      ...samplingOf(body),
      messages: messagesOf(body.messages),
      maxTokens: asked ?? Math.max(1, Math.floor(models.get(body.model).contextLength / 2)),
      logprobs: body.logprobs === true ? (body.top_logprobs ?? 0) : null,
      signal: c.req.raw.signal,
    });
    const head = chatHead(result, `chatcmpl-${ulid(created)}`, Math.floor(created / 1000));
    const usage = usageView(result);
    if (body.stream !== true) {
      const choices = result.choices.map(chatChoiceView);
      return c.json({ ...head, object: "chat.completion" as const, choices, usage }, 200);
    }
    const object = "chat.completion.chunk" as const;
    const chunks = result.choices
      .flatMap(chatDeltas)
      .map((delta) => ({ ...head, object, choices: [delta], usage: null }));
    if (body.stream_options?.include_usage !== true) return streamChunks(c, chunks);
    return streamChunks(c, [...chunks, { ...head, object, choices: [], usage }]);
  },
);
