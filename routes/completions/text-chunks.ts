/** The chunks of a streamed completion: one per piece, then the usage if asked for. */
import type { z } from "@hono/zod-openapi";
import type { CompletionStream } from "../../src/training/services.ts";
import { type CompletionChunkSchema, completionHead } from "./completion-schema.ts";
import { completionLogprobs } from "./logprobs-schema.ts";
import { usageView } from "./sampling-schema.ts";

type Chunk = z.infer<typeof CompletionChunkSchema>;

export async function* textChunks(
  stream: CompletionStream,
  { id, created, includeUsage }: { id: string; created: number; includeUsage: boolean },
): AsyncGenerator<Chunk> {
  const head = completionHead(stream, id, created);
  /** Characters of each choice so far: offsets go on where the last piece ended. */
  const offsets = new Map<number, number>();
  let completionTokens = 0;
  for await (const { index, text, tokenIds, logprobs, finishReason, newTokens } of stream.pieces) {
    completionTokens += newTokens;
    const offset = offsets.get(index) ?? 0;
    offsets.set(index, offset + (logprobs ?? []).reduce((sum, { token }) => sum + token.length, 0));
    const choice = {
      index,
      text,
      token_ids: [...tokenIds],
      logprobs: logprobs === null ? null : completionLogprobs(logprobs, offset),
      finish_reason: finishReason,
    };
    yield { ...head, choices: [choice], usage: null };
  }
  if (!includeUsage) return;
  yield { ...head, choices: [], usage: usageView({ promptTokens: stream.promptTokens, completionTokens }) };
}
