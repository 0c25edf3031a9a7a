/** What one client may ask for, and what it is told about it. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { testEdge } from "../support/edge.ts";

const hashes = ["first", "second"].map((key) => createHash("sha256").update(key).digest("hex"));
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe("requests a minute", () => {
  it("are counted down in the headers, and refused when they are spent", async () => {
    const { send } = testEdge({ limits: { requestsPerMinute: 2, concurrentRequests: 8 } });
    const first = await send("GET", "/v1/runs");
    expect(first.headers.get("ratelimit-policy")).toBe('"requests";q=2;w=60');
    expect(first.headers.get("ratelimit")).toBe('"requests";r=1;t=60');
    // A refused request costs as much as an answered one.
    const second = await send("GET", "/v1/runs/none");
    expect([second.status, second.headers.get("ratelimit")]).toEqual([404, '"requests";r=0;t=60']);
    const third = await send("GET", "/v1/runs");
    expect(third.status).toBe(429);
    expect(third.body).toMatchObject({ code: "rate-limited", detail: expect.stringContaining("2 requests a minute") });
    expect(third.headers.get("retry-after")).toBe("60");
    expect(third.headers.get("ratelimit")).toBe('"requests";r=0;t=60');
  });

  it("are of each key its own, and of everybody without a key by address", async () => {
    const { send } = testEdge({ apiKeyHashes: hashes, limits: { requestsPerMinute: 1, concurrentRequests: 8 } });
    expect((await send("GET", "/v1/runs", undefined, bearer("first"))).status).toBe(200);
    expect((await send("GET", "/v1/runs", undefined, bearer("first"))).status).toBe(429);
    expect((await send("GET", "/v1/runs", undefined, bearer("second"))).status).toBe(200);
    // Guessing keys does not make new clients.
    expect((await send("GET", "/v1/runs", undefined, bearer("guess-1"))).status).toBe(401);
    expect((await send("GET", "/v1/runs", undefined, bearer("guess-2"))).status).toBe(429);
  });

  it("do not hold for health, contract and reference", async () => {
    const { send } = testEdge({ limits: { requestsPerMinute: 1, concurrentRequests: 0 } });
    for (const path of ["/healthz", "/readyz", "/openapi.json", "/docs", "/"]) {
      const { status, headers } = await send("GET", path);
      expect([status, headers.get("ratelimit")], path).toEqual([200, null]);
    }
  });

  it("may be any number", async () => {
    const { send } = testEdge({ limits: { requestsPerMinute: 0, concurrentRequests: 8 } });
    expect((await send("GET", "/v1/runs")).headers.get("ratelimit")).toBeNull();
  });

  it("are never met by one person on loopback", async () => {
    const { send } = testEdge();
    expect((await send("GET", "/v1/runs")).headers.get("ratelimit-policy")).toBe('"requests";q=120000;w=60');
  });
});

describe("requests at once", () => {
  it("are refused beyond the limit, until one has been answered", async () => {
    const { send, services } = testEdge({ limits: { requestsPerMinute: 0, concurrentRequests: 1 } });
    services.operations.hold();
    const waiting = send("POST", "/v1/iterations", undefined, { prefer: "wait=20" });
    while (services.operations.table.all().length === 0) await new Promise((resolve) => setImmediate(resolve));
    const refused = await send("GET", "/v1/runs");
    expect(refused.status).toBe(429);
    expect(refused.body.code).toBe("too-many-concurrent");
    expect(refused.headers.get("retry-after")).toBe("1");
    services.operations.release();
    await waiting;
    expect((await send("GET", "/v1/runs")).status).toBe(200);
  });

  it("count an open stream until it is read or left", async () => {
    const { app, send, services } = testEdge({ limits: { requestsPerMinute: 0, concurrentRequests: 1 } });
    await send("POST", "/v1/iterations");
    services.operations.hold();
    const open = async () => app.request("/v1/operations/op_000001/events");
    const left = await open();
    expect((await send("GET", "/v1/runs")).status).toBe(429);
    await left.body?.cancel();
    expect((await send("GET", "/v1/runs")).status).toBe(200);
    services.operations.release();
    const read = await open();
    await read.text();
    expect((await send("GET", "/v1/runs")).status).toBe(200);
    const nobodyReads = await app.request("/v1/operations/op_000001/events", { method: "HEAD" });
    expect(nobodyReads.status).toBe(200);
    expect((await send("GET", "/v1/runs")).status).toBe(200);
  });

  it("are given back by requests that fail", async () => {
    const { send } = testEdge({ limits: { requestsPerMinute: 0, concurrentRequests: 1 } });
    await send("POST", "/v1/runs", "{");
    await send("POST", "/v1/completions", { model: "abacus", prompt: "explode" });
    expect((await send("GET", "/v1/runs")).status).toBe(200);
  });
});
