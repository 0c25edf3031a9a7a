/** Connections that do not behave, over a real port: slow, endless, broken, or deaf. */
import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { serve } from "@hono/node-server";
import { afterEach, describe, expect, it } from "vitest";
import { answerUnreadable } from "../../routes/edge/unreadable-requests.ts";
import type { OperationEvent } from "../../src/records/records.ts";
import { contract, type TestEdge, testEdge } from "../support/edge.ts";

let close: () => Promise<void> = async () => undefined;

afterEach(() => close());

async function listen(edge: TestEdge): Promise<number> {
  const serverOptions = { headersTimeout: 150, requestTimeout: 200, connectionsCheckingInterval: 20 };
  const server = serve({ fetch: edge.app.fetch, port: 0, hostname: "127.0.0.1", serverOptions }) as Server;
  const keep = (fields: object, message: string) =>
    void edge.lines.push({ level: "info", fields: { ...fields }, message });
  answerUnreadable(server, { info: keep, warn: keep, error: keep });
  await once(server, "listening");
  close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return (server.address() as AddressInfo).port;
}

/** Sends the bytes as they are and reads until the server hangs up. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close");
  return text;
}

function problemOf(answer: string) {
  const [head, body] = answer.split("\r\n\r\n");
  expect(head).toContain("content-type: application/problem+json");
  const problem = JSON.parse(body!);
  contract.validate("Problem", problem);
  return problem;
}

it("an answer over a socket has every header that it has without one", async () => {
  const edge = testEdge();
  const port = await listen(edge);
  for (const path of ["/v1/runs", "/v1/runs/none", "/docs", "/docs/start.js", "/nothing"]) {
    const names = (headers: Headers) =>
      [...headers.keys()].filter(
        (name) => !/^(date|connection|keep-alive|content-length|transfer-encoding)$/.test(name),
      );
    const without = await edge.app.request(path);
    const over = await fetch(`http://127.0.0.1:${port}${path}`);
    expect(names(over.headers), path).toEqual(names(without.headers));
    expect(names(over.headers)).toContain("server-timing");
  }
});

describe("what is no readable request", () => {
  it.each([
    ["is no HTTP", "EHLO example.org\r\n\r\n", 400, "malformed-http"],
    [
      "has a header with a line break in its name",
      "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx\ny: 1\r\n\r\n",
      400,
      "malformed-http",
    ],
    [
      "has two lengths",
      "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      400,
      "malformed-http",
    ],
    [
      "has endless headers",
      `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${"y".repeat(20_000)}\r\n\r\n`,
      431,
      "headers-too-large",
    ],
    ["never finishes its headers", "GET /v1/runs HTTP/1.1\r\nhost: 127.0.0.1\r\n", 408, "request-timeout"],
  ])("%s", async (_, bytes, status, code) => {
    const port = await listen(testEdge());
    const answer = await exchange(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(problemOf(answer)).toMatchObject({ status, code });
  });

  it("never finishes its body", async () => {
    const edge = testEdge();
    const port = await listen(edge);
    const answer = await exchange(
      port,
      'POST /v1/runs HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"seed":',
    );
    expect(problemOf(answer)).toMatchObject({ status: 408, code: "request-timeout" });
    expect((await fetch(`http://127.0.0.1:${port}/v1/runs`)).status).toBe(200);
    expect(edge.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("is too large, however its length is told", async () => {
    const port = await listen(testEdge());
    const told = await exchange(
      port,
      "POST /v1/runs HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n{",
    );
    expect(told).toMatch(/^HTTP\/1.1 413 /);
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const untold = await exchange(
      port,
      `POST /v1/runs HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`,
    );
    expect(untold).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe("a reader of events that does not read", () => {
  it("is not run ahead of, and let go", async () => {
    const edge = testEdge({ heartbeatSeconds: 0.05 });
    const { operations } = edge.services;
    const port = await listen(edge);
    operations.hold();
    await fetch(`http://127.0.0.1:${port}/v1/iterations`, { method: "POST" });
    const total = 4000;
    let made = 0;
    let ended = false;
    operations.follow = async function* (operationId) {
      const createdAt = "2026-08-22T09:30:00.000Z";
      const data = { text: "x".repeat(10_000) };
      try {
        while (made < total)
          yield { operationId, sequence: ++made, type: "progress", data, createdAt } as OperationEvent;
      } finally {
        ended = true;
      }
    };
    const deaf = connect(port, "127.0.0.1");
    deaf.pause();
    deaf.on("error", () => undefined);
    deaf.write("GET /v1/operations/op_000001/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    const until = Date.now() + 10_000;
    while (!ended && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(ended).toBe(true);
    // 40 MB were to be sent; what is gone is what the buffers of the sockets hold.
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(total / 2);
    deaf.destroy();
    operations.release();
  });
});
