import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { followOperation } from "../../../bench/demo/follow-operation.ts";
import { ServiceClient } from "../../../bench/demo/service-client.ts";
import type { WireEvent } from "../../../bench/demo/wire.ts";
import { serveToyModel } from "../../support/demo-service.ts";
import { smallRun } from "../../support/services-under-test.ts";

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

const frame = (sequence: number, type: WireEvent["type"]) => {
  const event = { operationId: "op_1", sequence, type, data: {}, createdAt: "2026-08-22T09:30:00.000Z" };
  return `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
};

/** A server whose n-th answer is written by `answers[n]`; the last one answers all that follow. */
async function scripted(...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers["last-event-id"] as string | undefined);
    answers[Math.min(asked.length, answers.length) - 1]!(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { client: new ServiceClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), asked };
}

const stream = (text: string, then: "end" | "cut" | "silence") => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(text, () => {
    if (then === "end") response.end();
    if (then === "cut") setTimeout(() => response.destroy(), 20);
  });
};

async function sequences(client: ServiceClient, options: Partial<Parameters<typeof followOperation>[2]> = {}) {
  const seen: number[] = [];
  const settings = { signal: AbortSignal.timeout(20_000), reconnectAfter: 5, ...options };
  for await (const event of followOperation(client, "op_1", settings)) seen.push(event.sequence);
  return seen;
}

describe("following an operation", () => {
  test("through connections that are cut in the middle of an event, each event once", async () => {
    const half = frame(3, "progress").slice(0, 40);
    const { client, asked } = await scripted(
      stream(`: op_1\n\n${frame(1, "operation.queued")}${frame(2, "operation.started")}${half}`, "cut"),
      stream(frame(2, "operation.started") + frame(3, "progress"), "end"),
      stream(frame(4, "operation.completed"), "silence"),
    );
    expect(await sequences(client)).toEqual([1, 2, 3, 4]);
    expect(asked).toEqual([undefined, "2", "3"]);
  });

  test("through a service that is unwell for a while and a failure that travels as an event", async () => {
    const unwell = (_: IncomingMessage, response: ServerResponse) => response.writeHead(503).end();
    const { client, asked } = await scripted(
      stream(`${frame(1, "operation.started")}event: error\ndata: {"code":"internal"}\n\n`, "silence"),
      unwell,
      stream(frame(2, "operation.failed"), "silence"),
    );
    expect(await sequences(client)).toEqual([1, 2]);
    expect(asked).toEqual([undefined, "1", "1"]);
  });

  test("a connection without a byte, not even a heartbeat, counts as broken", async () => {
    const { client, asked } = await scripted(
      stream(frame(1, "operation.started"), "silence"),
      stream(frame(2, "operation.completed"), "silence"),
    );
    expect(await sequences(client, { silence: 100 })).toEqual([1, 2]);
    expect(asked).toEqual([undefined, "1"]);
  });

  test("waits as long as the service names", async () => {
    const times: number[] = [];
    const note = (text: string) => (request: IncomingMessage, response: ServerResponse) => {
      times.push(performance.now());
      stream(text, "end")(request, response);
    };
    const { client } = await scripted(
      note(`retry: 300\n\n${frame(1, "progress")}`),
      note(frame(2, "operation.completed")),
    );
    expect(await sequences(client, { reconnectAfter: null })).toEqual([1, 2]);
    expect(times[1]! - times[0]!).toBeGreaterThan(290);
    expect(times[1]! - times[0]!).toBeLessThan(1500);
  });

  test("gives up after as many tries as told, counted anew with every event", async () => {
    const { client, asked } = await scripted(
      stream("", "end"),
      stream("", "end"),
      stream(frame(1, "operation.started"), "end"),
      stream("", "cut"),
    );
    await expect(sequences(client, { attempts: 3 })).rejects.toThrow(/op_1 stopped behind number 1; 3 more tries/);
    expect(asked.length).toBe(5);
  });

  test("a refusal is final and says what the service says", async () => {
    const { client, asked } = await scripted((_, response) => {
      const problem = { status: 404, detail: "There is no operation op_1.", code: "not-found" };
      response.writeHead(404, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
    });
    await expect(sequences(client)).rejects.toThrow("404: There is no operation op_1. (not-found)");
    expect(asked.length).toBe(1);
  });

  test("ends with its signal, while it listens and while it waits", async () => {
    for (const then of ["silence", "end"] as const) {
      const { client } = await scripted(stream(frame(1, "operation.started"), then));
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error("enough")), 100);
      await expect(sequences(client, { signal: stop.signal, reconnectAfter: 60_000 })).rejects.toThrow("enough");
    }
  });

  test("over the real service: connections cut again and again change nothing", async () => {
    const service = await serveToyModel();
    closing.push(service.close);
    const client = new ServiceClient(service.url);
    const run = await client.createRun({ seed: 3, overrides: smallRun });
    const { operation } = await client.startIterations(run.id, 1);
    const seen: WireEvent[] = [];
    let cuts = 0;
    for await (const event of followOperation(client, operation.id, {
      signal: AbortSignal.timeout(50_000),
      reconnectAfter: 5,
    })) {
      seen.push(event);
      if (event.type !== "phase.completed") continue;
      service.cut();
      cuts++;
    }
    const stored = service.tested.services.operations.events(operation.id, 0, 10_000);
    expect(seen).toEqual(stored);
    expect(seen.at(-1)?.type).toBe("operation.completed");
    expect(cuts).toBe(6);
    expect(service.requests.filter(({ lastEventId }) => lastEventId !== null).length).toBeGreaterThan(0);
  });
});
