/** OpenAI's streaming: chunks as the data of server-sent events, ended by [DONE]. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { AppEnv } from "../edge/app-env.ts";

export function streamChunks(c: Context<AppEnv>, chunks: readonly object[]): Response {
  return streamSSE(c, async (stream) => {
    for (const chunk of chunks) await stream.writeSSE({ data: JSON.stringify(chunk) });
    await stream.writeSSE({ data: "[DONE]" });
  });
}
