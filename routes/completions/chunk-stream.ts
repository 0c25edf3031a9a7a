/** OpenAI's streaming: chunks as the data of server-sent events, as soon as they are there, ended by [DONE]. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { AppEnv } from "../edge/app-env.ts";
import { eventWriter } from "../edge/event-writer.ts";
import { failureOf, openAiBody } from "../edge/problem.ts";

/**
 * The first chunk is waited for before anything is answered: what fails until then is a failure with a status. What fails
 * later travels as an error object in place of [DONE]. `stop` is called when the client is gone.
 */
export async function streamChunks(
  c: Context<AppEnv>,
  chunks: AsyncIterable<object>,
  stop: () => void,
): Promise<Response> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  const { log, heartbeatSeconds } = c.var.edge;
  const { requestId } = c.var;
  return streamSSE(c, async (stream) => {
    const writer = eventWriter(c, stream, heartbeatSeconds);
    writer.gone.addEventListener("abort", stop, { once: true });
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) {
        if (writer.gone.aborted) return;
        await writer.writeEvent({ data: JSON.stringify(next.value) });
      }
      await writer.writeEvent({ data: "[DONE]" });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code === "internal") log.error({ requestId, err: error }, "completion stream failed");
      await writer.writeEvent({ data: JSON.stringify(openAiBody(failure)) });
    } finally {
      writer.end();
      await iterator.return?.();
    }
  });
}
