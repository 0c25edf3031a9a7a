/** The chunks of a streamed chat: who speaks and what, piece by piece; why each choice ended; then the usage if asked for. */
import type { z } from "@hono/zod-openapi";
import type { CompletionStream } from "../../src/training/services.ts";
import { type ChatChunkSchema, chatHead } from "./chat-completion-schema.ts";
import { chatLogprobs } from "./logprobs-schema.ts";
import { usageView } from "./sampling-schema.ts";

type Chunk = z.infer<typeof ChatChunkSchema>;

export async function* chatChunks(
  stream: CompletionStream,
  { id, created, includeUsage }: { id: string; created: number; includeUsage: boolean },
): AsyncGenerator<Chunk> {
  const head = { ...chatHead(stream, id, created), object: "chat.completion.chunk" as const, usage: null };
  const begun = new Set<number>();
  let completionTokens = 0;
  for await (const { index, text, logprobs: scored, finishReason, newTokens } of stream.pieces) {
    completionTokens += newTokens;
    const role = begun.has(index) ? {} : { role: "assistant" as const };
    begun.add(index);
    const logprobs = scored === null ? null : chatLogprobs(scored);
    yield { ...head, choices: [{ index, delta: { ...role, content: text }, logprobs, finish_reason: null }] };
    if (finishReason === null) continue;
    yield { ...head, choices: [{ index, delta: {}, logprobs: null, finish_reason: finishReason }] };
  }
  if (!includeUsage) return;
  yield { ...head, choices: [], usage: usageView({ promptTokens: stream.promptTokens, completionTokens }) };
}
