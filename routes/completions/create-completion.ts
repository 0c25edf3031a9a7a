import { ulid } from "ulid";
import { endpoint } from "../edge/endpoint.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { streamChunks } from "./chunk-stream.ts";
import {
  CompletionChunkSchema,
  CompletionCreateSchema,
  CompletionSchema,
  completionHead,
  promptsOf,
  textChoiceView,
} from "./completion-schema.ts";
import { samplingOf, usageView } from "./sampling-schema.ts";

/** OpenAI's default. */
const defaultMaxTokens = 16;

export const createCompletion = endpoint(
  {
    method: "post",
    path: "/v1/completions",
    operationId: "completions_create",
    tags: ["completions"],
    summary: "Complete prompts",
    description: [
      "OpenAI-compatible, with vLLM's top_k and min_p. Served between training steps. Log-probabilities are of the raw",
      "distribution. Fields that are not listed are refused by name.",
    ].join(" "),
    request: { body: { required: true, content: { "application/json": { schema: CompletionCreateSchema } } } },
    responses: {
      200: {
        description: "The completion; as chunks with `stream`.",
        content: {
          "application/json": { schema: CompletionSchema },
          "text/event-stream": { schema: CompletionChunkSchema },
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
    const created = c.var.edge.clock().getTime();
    const result = await c.var.services.completions.complete({
      ...samplingOf(body),
      prompts: promptsOf(body.prompt),
      maxTokens: body.max_tokens ?? defaultMaxTokens,
      logprobs: body.logprobs ?? null,
      echo: body.echo ?? false,
      signal: c.req.raw.signal,
    });
    const head = completionHead(result, `cmpl-${ulid(created)}`, Math.floor(created / 1000));
    const choices = result.choices.map(textChoiceView);
    if (body.stream !== true) return c.json({ ...head, choices, usage: usageView(result) }, 200);
    const chunks = choices.map((choice) => ({ ...head, choices: [choice], usage: null }));
    if (body.stream_options?.include_usage !== true) return streamChunks(c, chunks);
    return streamChunks(c, [...chunks, { ...head, choices: [], usage: usageView(result) }]);
  },
);
