import { describe, expect, it } from "vitest";
import { testEdge } from "../support/edge.ts";

describe("runs", () => {
  it("are made from nothing, with every value resolved", async () => {
    const { send } = testEdge();
    const made = await send("POST", "/v1/runs");
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ id: "run_000001", model: "abacus", preset: "stable", baseEvaluation: null });
    expect(made.body.config.solver.groupSize).toBe(8);
    expect(made.headers.get("location")).toBe("/v1/runs/run_000001");
    const got = await send("GET", "/v1/runs/run_000001");
    expect(got.body).toEqual(made.body);
    expect(got.headers.get("etag")).toBe(made.headers.get("etag"));
  });

  it("name the setting that cannot be accepted", async () => {
    const { status, body } = await testEdge().send("POST", "/v1/runs", { overrides: { slover: { steps: 3 } } });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "invalid-value", field: "overrides.slover", value: { steps: 3 } });
  });

  it("are listed newest first, page by page", async () => {
    const { send } = testEdge();
    for (let seed = 0; seed < 5; seed += 1) await send("POST", "/v1/runs", { seed });
    const first = await send("GET", "/v1/runs?limit=2");
    expect(first.body.data.map(({ seed }: { seed: number }) => seed)).toEqual([4, 3]);
    expect(first.body.hasMore).toBe(true);
    const second = await send("GET", `/v1/runs?limit=3&after=${first.body.nextCursor}`);
    expect(second.body.data.map(({ seed }: { seed: number }) => seed)).toEqual([2, 1, 0]);
    expect(second.body).toMatchObject({ hasMore: false, nextCursor: null });
    const lost = await send("GET", "/v1/runs?after=run_x");
    expect(lost.status).toBe(422);
    expect(lost.body).toMatchObject({ field: "after", value: "run_x" });
  });

  it("change their labels only for who has seen the latest version", async () => {
    const { send } = testEdge();
    const { headers } = await send("POST", "/v1/runs", { labels: { a: "1" } });
    const before = headers.get("etag") ?? "";
    const changed = await send("PATCH", "/v1/runs/run_000001", { labels: { b: "2" } }, { "if-match": before });
    expect(changed.status).toBe(200);
    expect(changed.body.labels).toEqual({ b: "2" });
    const after = changed.headers.get("etag");
    expect(after).not.toBe(before);
    const late = await send("PATCH", "/v1/runs/run_000001", { labels: {} }, { "if-match": before });
    expect(late.status).toBe(412);
    expect(late.body).toMatchObject({ field: "if-match", value: before });
    const either = `"other", ${after}`;
    expect((await send("PATCH", "/v1/runs/run_000001", { labels: {} }, { "if-match": either })).status).toBe(200);
    expect((await send("PATCH", "/v1/runs/run_000001", { labels: { c: "3" } })).body.labels).toEqual({ c: "3" });
  });

  it("are deleted when nothing works on them", async () => {
    const { send, services } = testEdge();
    services.operations.hold();
    await send("POST", "/v1/iterations", { run: (await send("POST", "/v1/runs")).body.id });
    const busy = await send("DELETE", "/v1/runs/run_000001");
    expect(busy.status).toBe(409);
    expect(busy.body.detail).toContain("op_000001");
    await send("POST", "/v1/operations/op_000001/cancel");
    const gone = await send("DELETE", "/v1/runs/run_000001");
    expect([gone.status, gone.text]).toEqual([204, ""]);
    const missing = await send("GET", "/v1/runs/run_000001");
    expect(missing.status).toBe(404);
    expect(missing.body).toMatchObject({ code: "not-found", field: "id", value: "run_000001" });
  });

  it("can start from presets that show every value", async () => {
    const { body } = await testEdge().send("GET", "/v1/presets");
    expect(body.data[0]).toMatchObject({
      name: "stable",
      config: { pool: { difficultyBand: { min: 0.5, max: 0.95 } } },
    });
  });
});
