import type { LookupAddress, LookupAllOptions } from "node:dns";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readAllowList } from "../../../src/outbound/allow-list.ts";
import { createOutbound } from "../../../src/outbound/outbound.ts";
import { describeOutcome, readJson } from "../../../src/outbound/outcome.ts";
import type { Call, Network } from "../../../src/outbound/post.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let port: number;
let handle: Handler;
/** Requests that reached the server. */
let received: number;

beforeEach(async () => {
  received = 0;
  server = createServer((request, response) => {
    received += 1;
    handle(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** Names resolve to what is given here, the next address at each question; the last one stays. */
const resolvingTo = (...answers: string[][]) =>
  ((_name: string, _options: LookupAllOptions, done: (error: Error | null, found: LookupAddress[]) => void) => {
    const addresses = answers.length > 1 ? answers.shift()! : answers[0]!;
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  }) as unknown as NonNullable<Network["resolve"]>;

const outbound = (allowed: string[], resolve?: Network["resolve"]) =>
  createOutbound({ allow: readAllowList(allowed).allow, userAgent: "rzero/test", resolve });

const call = (change: Partial<Call> = {}): Call => ({
  url: `http://127.0.0.1:${port}/hook?key=secret`,
  body: '{"a":"ü"}',
  headers: { "webhook-id": "msg_1" },
  deadlineMs: 5000,
  maxResponseBytes: 1000,
  ...change,
});
const LOCAL = ["127.0.0.1"];

describe("a call", () => {
  test("sends the body as it is, with its headers, and reads the answer", async () => {
    let seen: { url?: string; method?: string; headers: IncomingMessage["headers"]; body: string } | undefined;
    handle = async (request, response) => {
      let body = "";
      for await (const piece of request.setEncoding("utf8")) body += piece;
      seen = { url: request.url, method: request.method, headers: request.headers, body };
      response.end('{"score":1}');
    };
    const outcome = await outbound(LOCAL).post(call());
    expect(outcome).toMatchObject({ kind: "answered", status: 200, body: '{"score":1}' });
    expect(readJson(outcome)).toMatchObject({ kind: "json", value: { score: 1 } });
    expect(seen).toMatchObject({
      url: "/hook?key=secret",
      method: "POST",
      body: '{"a":"ü"}',
      headers: {
        "webhook-id": "msg_1",
        "content-type": "application/json",
        "content-length": "10",
        "user-agent": "rzero/test",
        "accept-encoding": "identity",
      },
    });
  });

  test("other statuses come with what Retry-After asks for", async () => {
    handle = (_request, response) => response.writeHead(503, { "retry-after": "7" }).end("later\n\u0007");
    const outcome = await outbound(LOCAL).post(call());
    expect(outcome).toMatchObject({ kind: "bad-status", status: 503, retryAfterMs: 7000 });
    expect(describeOutcome(outcome)).toBe("answered 503: later\n\ufffd");
    handle = (_request, response) =>
      response.writeHead(429, { "retry-after": new Date(Date.now() + 60_000).toUTCString() }).end();
    const limited = await outbound(LOCAL).post(call());
    expect(limited).toMatchObject({ kind: "bad-status", status: 429 });
    expect(Math.abs((limited as { retryAfterMs: number }).retryAfterMs - 60_000)).toBeLessThan(2500);
  });

  test("redirects are not followed", async () => {
    handle = (_request, response) => response.writeHead(307, { location: `http://127.0.0.1:${port}/other` }).end();
    expect(await outbound(LOCAL).post(call())).toMatchObject({ kind: "bad-status", status: 307 });
    expect(received).toBe(1);
  });

  test("what is not JSON is said to be so", async () => {
    handle = (_request, response) => response.end("<html>");
    expect(readJson(await outbound(LOCAL).post(call()))).toMatchObject({
      kind: "not-json",
      status: 200,
      excerpt: "<html>",
    });
  });

  test("an answer may be as large as the limit and not a byte larger", async () => {
    handle = (request, response) => response.end("x".repeat(Number(request.headers["webhook-id"])));
    const sized = (bytes: number) => outbound(LOCAL).post(call({ headers: { "webhook-id": String(bytes) } }));
    expect((await sized(1000)).kind).toBe("answered");
    expect(await sized(1001)).toMatchObject({ kind: "too-large", status: 200, limit: 1000 });
  });

  test("an endless answer is not read to its end", async () => {
    handle = (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    };
    expect((await outbound(LOCAL).post(call({ maxResponseBytes: 1 << 20 }))).kind).toBe("too-large");
  });

  test("the deadline covers a server that does not answer and one that does not finish", async () => {
    handle = () => undefined;
    expect((await outbound(LOCAL).post(call({ deadlineMs: 60 }))).kind).toBe("timed-out");
    handle = (_request, response) => void response.write("{");
    const outcome = await outbound(LOCAL).post(call({ deadlineMs: 60 }));
    expect(outcome.kind).toBe("timed-out");
    expect(outcome.ms).toBeLessThan(1000);
  });

  test("the deadline covers a name that does not resolve", async () => {
    const never = (() => undefined) as unknown as NonNullable<Network["resolve"]>;
    const outcome = await outbound([], never).post(call({ url: "http://hooks.example/", deadlineMs: 60 }));
    expect(outcome.kind).toBe("timed-out");
  });

  test("the caller's signal ends it, before and during", async () => {
    handle = () => undefined;
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    expect((await outbound(LOCAL).post(call({ signal: abort.signal }))).kind).toBe("aborted");
    expect((await outbound(LOCAL).post(call({ signal: abort.signal }))).kind).toBe("aborted");
    expect(received).toBe(1);
  });

  test("failed connections are named as Node names them", async () => {
    handle = (request) => request.socket.destroy();
    expect(await outbound(LOCAL).post(call())).toMatchObject({ kind: "connection-failed", code: "ECONNRESET" });
    handle = (_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => response.destroy(), 20);
    };
    expect(await outbound(LOCAL).post(call())).toMatchObject({ kind: "connection-failed", code: "ECONNRESET" });
    const nobody = createTcpServer();
    await new Promise<void>((done) => nobody.listen(0, "127.0.0.1", done));
    const free = (nobody.address() as AddressInfo).port;
    await new Promise((done) => nobody.close(done));
    expect(await outbound(LOCAL).post(call({ url: `http://127.0.0.1:${free}/` }))).toMatchObject({
      kind: "connection-failed",
      code: "ECONNREFUSED",
    });
    expect(await outbound(LOCAL).post(call({ url: `https://127.0.0.1:${port}/` }))).toMatchObject({
      kind: "connection-failed",
    });
  });

  test("a header that would become two is not sent", async () => {
    const outcome = await outbound(LOCAL).post(call({ headers: { "webhook-id": "a\r\nx-evil: 1" } }));
    expect(outcome).toMatchObject({ kind: "connection-failed", code: "ERR_INVALID_CHAR" });
    expect(received).toBe(0);
  });
});

describe("addresses at connect time", () => {
  test("an address in the URL is refused without a connection", async () => {
    const outcome = await outbound([]).post(call());
    expect(outcome).toMatchObject({ kind: "address-refused" });
    expect(describeOutcome(outcome)).not.toContain("secret");
    expect(received).toBe(0);
  });

  test("a name that resolves to loopback is refused without a connection", async () => {
    const url = `http://hooks.example:${port}/`;
    const outcome = await outbound([], resolvingTo(["127.0.0.1", "::1"])).post(call({ url }));
    expect(outcome).toMatchObject({
      kind: "address-refused",
      reason: "its name resolves to a loopback address; RZERO_OUTBOUND_ALLOW can permit it",
    });
    expect(received).toBe(0);
  });

  test("rebinding: permitted the first time, refused the second", async () => {
    handle = (_request, response) => response.end();
    const url = `http://hooks.example:${port}/`;
    const caller = outbound(LOCAL, resolvingTo(["127.0.0.1"], ["10.0.0.1"]));
    expect((await caller.post(call({ url }))).kind).toBe("answered");
    expect((await caller.post(call({ url }))).kind).toBe("address-refused");
    expect(received).toBe(1);
  });

  test("of a name's addresses the permitted ones are tried", async () => {
    handle = (_request, response) => response.end();
    const url = `http://hooks.example:${port}/`;
    expect((await outbound(LOCAL, resolvingTo(["10.0.0.1", "::1", "127.0.0.1"])).post(call({ url }))).kind).toBe(
      "answered",
    );
  });

  test("a permitted host may be anywhere", async () => {
    handle = (_request, response) => response.end();
    const url = `http://grader.internal:${port}/`;
    expect((await outbound(["grader.internal"], resolvingTo(["127.0.0.1"])).post(call({ url }))).kind).toBe("answered");
    expect((await outbound(["other.internal"], resolvingTo(["127.0.0.1"])).post(call({ url }))).kind).toBe(
      "address-refused",
    );
  });

  test("the machine's own resolver: localhost", async () => {
    handle = (_request, response) => response.end();
    const url = `http://localhost:${port}/`;
    expect((await outbound(LOCAL).post(call({ url }))).kind).toBe("answered");
    expect((await outbound(["10.0.0.0/8"]).post(call({ url }))).kind).toBe("address-refused");
  });
});
