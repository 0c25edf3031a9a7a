/**
 * Server-sent events to a reader of unknown speed. A write waits until the reader takes it, so nothing piles up: the source is
 * asked for the next event when the last one is gone. Heartbeats keep an idle connection open; a reader that has taken
 * nothing for `patience` heartbeats is let go. It can come back with Last-Event-ID.
 */
import type { Context } from "hono";
import type { SSEMessage, SSEStreamingApi } from "hono/streaming";
import type { AppEnv } from "./app-env.ts";

const patience = 4;

export interface EventWriter {
  /** Aborted when the reader is gone, or let go. */
  readonly gone: AbortSignal;
  write(text: string): Promise<void>;
  writeEvent(event: SSEMessage): Promise<void>;
  /** Stops the heartbeats. */
  end(): void;
}

export function eventWriter(c: Context<AppEnv>, stream: SSEStreamingApi, heartbeatSeconds: number): EventWriter {
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  let waiting = 0;
  let missed = 0;
  const waitFor = async (write: Promise<unknown>): Promise<void> => {
    waiting++;
    try {
      await write;
    } finally {
      waiting--;
      missed = 0;
    }
  };
  const heartbeat = setInterval(() => {
    if (waiting === 0) void waitFor(stream.write(": heartbeat\n\n"));
    else if (++missed >= patience) {
      clearInterval(heartbeat);
      stream.abort();
      // What the reader did not take is still in the socket; only closing it frees that.
      c.env?.outgoing?.destroy();
    }
  }, heartbeatSeconds * 1000);
  return {
    gone: gone.signal,
    write: (text) => waitFor(stream.write(text)),
    writeEvent: (event) => waitFor(stream.writeSSE(event)),
    end: () => clearInterval(heartbeat),
  };
}
