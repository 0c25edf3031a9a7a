/** The events of an operation, each once and in order, however often the connection breaks. */
import { setTimeout as sleep } from "node:timers/promises";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { DemoError } from "./demo-error.ts";
import { refusal, type ServiceClient } from "./service-client.ts";
import type { WireEvent } from "./wire.ts";

const TERMINAL: readonly string[] = ["operation.completed", "operation.failed", "operation.cancelled"];
const isTerminal = ({ type }: WireEvent): boolean => TERMINAL.includes(type);

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two tries; null: what the service names, two seconds until it did. */
  readonly reconnectAfter?: number | null;
  /** Tries in a row that brought no event before it gives up. */
  readonly attempts?: number;
  /** Milliseconds without a byte, heartbeats included, after which a connection counts as broken. */
  readonly silence?: number;
}

/**
 * Ends with the terminal event. Throws RefusedError where the service refuses, DemoError where it cannot be reached any
 * more, and the signal's reason.
 */
export async function* followOperation(
  client: ServiceClient,
  id: string,
  { signal, reconnectAfter = null, attempts = 15, silence = 60_000 }: FollowOptions,
): AsyncGenerator<WireEvent, void> {
  let last = 0;
  let wait = reconnectAfter ?? 2000;
  for (let failures = 0; failures < attempts; failures++) {
    signal.throwIfAborted();
    try {
      for await (const received of connect(client, id, last, signal, silence)) {
        if ("retry" in received) {
          wait = reconnectAfter ?? received.retry;
          continue;
        }
        // The failure of a stream travels as an event without an id; the next connection goes on behind the last one.
        if (received.event === "error") break;
        const event = JSON.parse(received.data) as WireEvent;
        if (event.sequence <= last) continue;
        last = event.sequence;
        failures = 0;
        yield event;
        if (isTerminal(event)) return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isBrokenConnection(error)) throw error;
    }
    await pause(wait, signal);
  }
  throw new DemoError(`the events of ${id} stopped behind number ${last}; ${attempts} more tries brought none`);
}

/** Throws the signal's own reason where it is cut short. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** What fetch and its body throw when the other side goes away, and our own patience's end. */
function isBrokenConnection(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof DOMException && error.name === "AbortError");
}

/** One connection, until it ends. Hangs up when its reader stops. */
async function* connect(
  client: ServiceClient,
  id: string,
  last: number,
  signal: AbortSignal,
  silence: number,
): AsyncGenerator<EventSourceMessage | { readonly retry: number }, void> {
  const path = `/v1/operations/${id}/events`;
  const hangUp = new AbortController();
  const patience = setTimeout(() => hangUp.abort(), silence);
  try {
    const headers = { accept: "text/event-stream", ...(last > 0 ? { "last-event-id": String(last) } : {}) };
    const response = await client.open(path, headers, AbortSignal.any([signal, hangUp.signal]));
    if (response.status >= 500) return;
    if (!response.ok) throw await refusal(`GET ${path}`, response);
    const received: (EventSourceMessage | { readonly retry: number })[] = [];
    const parser = createParser({
      onEvent: (message) => received.push(message),
      onRetry: (retry) => received.push({ retry }),
    });
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      patience.refresh();
      parser.feed(decoder.decode(bytes, { stream: true }));
      yield* received.splice(0);
    }
  } finally {
    clearTimeout(patience);
    hangUp.abort();
  }
}
