import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { testEdge } from "../support/edge.ts";

const key = { "idempotency-key": "first-try" };

describe("Idempotency-Key", () => {
  it("replays the first answer to the same request, and makes nothing twice", async () => {
    const { send } = testEdge();
    const first = await send("POST", "/v1/runs", { seed: 3 }, key);
    const again = await send("POST", "/v1/runs", { seed: 3 }, key);
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    for (const header of ["location", "etag", "content-type"]) {
      expect(again.headers.get(header), header).toBe(first.headers.get(header));
    }
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect((await send("GET", "/v1/runs")).body.data).toHaveLength(1);
  });

  it("replays long work, with its Location", async () => {
    const { send } = testEdge();
    const first = await send("POST", "/v1/iterations", undefined, key);
    const again = await send("POST", "/v1/iterations", undefined, key);
    expect(again.status).toBe(202);
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect((await send("GET", "/v1/operations")).body.data).toHaveLength(1);
  });

  it("refuses the key for another body or another path", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/runs", { seed: 3 }, key);
    const body = await send("POST", "/v1/runs", { seed: 4 }, key);
    expect(body.status).toBe(422);
    expect(body.body).toMatchObject({ code: "idempotency-mismatch", field: "idempotency-key", value: "first-try" });
    expect((await send("POST", "/v1/iterations", { count: 1 }, key)).status).toBe(422);
  });

  it("refuses the second of two at once", async () => {
    const { send, services } = testEdge();
    const { body: run } = await send("POST", "/v1/runs");
    const propose = { kind: "propose", run: run.id, count: 1 };
    const wait = { ...key, prefer: "wait=20" };
    services.operations.hold();
    const first = send("POST", "/v1/questions", propose, wait);
    while (services.operations.table.all().length === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await send("POST", "/v1/questions", propose, wait);
    expect(second.status).toBe(409);
    expect(second.body.code).toBe("idempotency-in-flight");
    services.operations.release();
    expect((await first).status).toBe(200);
    const third = await send("POST", "/v1/questions", propose, wait);
    expect(third.headers.get("idempotency-replayed")).toBe("true");
    expect(third.headers.get("preference-applied")).toBe("wait=20");
  });

  it("keeps the keys of different API keys apart", async () => {
    const hashes = ["first", "second"].map((secret) => createHash("sha256").update(secret).digest("hex"));
    const { send } = testEdge({ apiKeyHashes: hashes });
    const first = await send("POST", "/v1/runs", {}, { ...key, authorization: "Bearer first" });
    const second = await send("POST", "/v1/runs", {}, { ...key, authorization: "Bearer second" });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it("frees the key of a refused request", async () => {
    const { send } = testEdge();
    expect((await send("POST", "/v1/runs", { preset: 3 }, key)).status).toBe(400);
    expect((await send("POST", "/v1/runs", { model: "none" }, key)).status).toBe(422);
    expect((await send("POST", "/v1/runs", { model: "abacus" }, key)).status).toBe(201);
  });

  it.each(["", "two words", "x".repeat(256)])("refuses the key %j", async (value) => {
    const { status, body } = await testEdge().send("POST", "/v1/runs", {}, { "idempotency-key": value });
    expect(status).toBe(400);
    expect(body.field).toBe("idempotency-key");
  });
});
