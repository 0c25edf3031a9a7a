import { ulid } from "ulid";
import { endpoint } from "../edge/endpoint.ts";
import { timed } from "../edge/server-timing.ts";
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
import { textChunks } from "./text-chunks.ts";

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
    const created = c.var.edge.clock().getTime();
    const id = `cmpl-${ulid(created)}`;
    const seconds = Math.floor(created / 1000);
    const gone = new AbortController();
    const request = {
      ...samplingOf(body),
      prompts: promptsOf(body.prompt),
      maxTokens: body.max_tokens ?? defaultMaxTokens,
      logprobs: body.logprobs ?? null,
      echo: body.echo ?? false,
      signal: AbortSignal.any([c.req.raw.signal, gone.signal]),
    };
    const { completions } = c.var.services;
    if (body.stream === true) {
      const includeUsage = body.stream_options?.include_usage === true;
      const chunks = textChunks(await completions.stream(request), { id, created: seconds, includeUsage });
      return streamChunks(c, chunks, () => gone.abort()) as never;
    }
    const result = await timed(c, "model", () => completions.complete(request));
    const choices = result.choices.map(textChoiceView);
    return c.json({ ...completionHead(result, id, seconds), choices, usage: usageView(result) }, 200);
  },
);
