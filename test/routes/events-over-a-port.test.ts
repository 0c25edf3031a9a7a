/** The event stream as a client meets it: a real port, a connection that breaks, a second one that resumes. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { afterEach, describe, expect, it } from "vitest";
import { type Frame, framesOf } from "../support/contract.ts";
import { contract, type TestEdge, testEdge } from "../support/edge.ts";

let close: () => Promise<void> = async () => undefined;

async function listen(edge: TestEdge): Promise<string> {
  const server = serve({ fetch: edge.app.fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  close = () => new Promise((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => close());

/** Reads until `enough` frames have come, then hangs up. */
async function readFrames(url: string, enough: number, headers: Record<string, string> = {}) {
  const hangUp = new AbortController();
  const response = await fetch(url, { headers, signal: hangUp.signal });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (framesOf(text.slice(0, text.lastIndexOf("\n\n") + 2)).length >= enough) break;
  }
  hangUp.abort();
  return { text, frames: framesOf(text), response };
}

describe("events over a port", () => {
  it("resume after a broken connection without losing or repeating one", async () => {
    const edge = testEdge({ heartbeatSeconds: 0.02 });
    const { operations } = edge.services;
    const base = await listen(edge);
    operations.hold();
    const started = await fetch(`${base}/v1/iterations`, { method: "POST" });
    expect(started.status).toBe(202);
    const url = `${base}${started.headers.get("location")}/events`;

    const first = await readFrames(url, 3);
    expect(first.frames.map(({ id }) => id)).toEqual(["1", "2", "3"]);

    // The work goes on while nobody listens.
    operations.release();
    await operations.wait("op_000001", 5);
    const second = await readFrames(url, Number.POSITIVE_INFINITY, { "last-event-id": "3" });
    expect(second.frames.map(({ id }) => id)).toEqual(["4", "5", "6"]);
    expect(second.frames.at(-1)?.event).toBe("operation.completed");
    for (const frame of [...first.frames, ...second.frames] satisfies Frame[]) {
      contract.validate("OperationEventFrame", frame);
      contract.validate("OperationEvent", JSON.parse(frame.data));
    }
    expect((await fetch(url, { headers: { "last-event-id": "6" } })).status).toBe(204);
  });

  it("send heartbeats while nothing happens, and let go of the source when the client leaves", async () => {
    const edge = testEdge({ heartbeatSeconds: 0.02 });
    const { operations } = edge.services;
    const base = await listen(edge);
    operations.hold();
    await fetch(`${base}/v1/iterations`, { method: "POST" });

    let left: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      left = resolve;
    });
    const original = operations.follow.bind(operations);
    operations.follow = (id, after, signal) => {
      signal.addEventListener("abort", left);
      return original(id, after, signal);
    };

    const hangUp = new AbortController();
    const response = await fetch(`${base}/v1/operations/op_000001/events`, { signal: hangUp.signal });
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk);
      if ((text.match(/^: heartbeat$/gm)?.length ?? 0) >= 3) break;
    }
    hangUp.abort();
    await released;
    expect(text).toMatch(/^: op_000001\nretry: 2000\n\n/);
    operations.release();
  });
});
