import { describe, expect, it } from "vitest";
import { testEdge } from "../support/edge.ts";

describe("iterations", () => {
  it("say what to do next while there are none", async () => {
    const { send } = testEdge();
    const { status, body } = await send("GET", "/v1/iterations");
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: [], hasMore: false, nextCursor: null });
    expect(body.hint).toContain("curl -X POST http://127.0.0.1:8080/v1/iterations");
    const { body: run } = await send("POST", "/v1/runs");
    const ofRun = await send("GET", `/v1/iterations?run=${run.id}`);
    expect(ofRun.body.hint).toContain(`{"run": "${run.id}"}`);
  });

  it("start with the hint's own request: no body, no header, and a default run", async () => {
    const { send } = testEdge();
    const started = await send("POST", "/v1/iterations");
    expect(started.status).toBe(202);
    expect(started.headers.get("location")).toBe("/v1/operations/op_000001");
    expect(started.body.operation).toMatchObject({ id: "op_000001", state: "queued", resources: ["iter_000001"] });
    expect(started.body.iterations).toHaveLength(1);
    expect(started.body.iterations[0].summary).toBe("iteration 1 queued");
  });

  it("answer finished when the client prefers to wait", async () => {
    const { send } = testEdge();
    const done = await send("POST", "/v1/iterations", { count: 2 }, { prefer: "respond-async, wait=10" });
    expect(done.status).toBe(200);
    expect(done.headers.get("preference-applied")).toBe("wait=10");
    expect(done.body.operation).toMatchObject({ state: "completed", queuePosition: null });
    expect(done.body.iterations.map(({ state }: { state: string }) => state)).toEqual(["completed", "completed"]);
    const { body } = await send("GET", "/v1/iterations");
    expect(body.hint).toBeUndefined();
    expect(body.data.map(({ number }: { number: number }) => number)).toEqual([2, 1]);
    expect(body.data[1].summary).toBe(
      "iteration 1 completed after 42 s: mean@8 41.0 %, maj@8 41.0 %, greedy 41.0 %, kept 212 of 600 questions, labels 88.0 % right",
    );
  });

  it("answer 202 when the wait was too short", async () => {
    const { send, services } = testEdge();
    services.operations.hold();
    const started = await send("POST", "/v1/iterations", {}, { prefer: "wait=1" });
    expect(started.status).toBe(202);
    expect(started.headers.get("preference-applied")).toBe("wait=1");
    expect(started.body.operation.state).toBe("running");
    services.operations.release();
  });

  it("grant at most 300 seconds, and ignore a preference nobody can read", async () => {
    const { send } = testEdge();
    const long = await send("POST", "/v1/iterations", {}, { prefer: "wait=9999" });
    expect(long.headers.get("preference-applied")).toBe("wait=300");
    const unreadable = await send("POST", "/v1/iterations", {}, { prefer: "wait=soon" });
    expect(unreadable.status).toBe(202);
    expect(unreadable.headers.get("preference-applied")).toBeNull();
  });

  it("show their steps, with null for what was not finite", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/iterations", {}, { prefer: "wait=5" });
    const { body } = await send("GET", "/v1/iterations/iter_000001/steps");
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ role: "solver", skipped: "gradient-not-finite" });
    expect(body.data[0].metrics).toMatchObject({ gradNorm: null, trainedTokensPerSecond: null, loss: -0.0031 });
    expect((await send("GET", "/v1/iterations/iter_000009/steps")).status).toBe(404);
    expect((await send("GET", "/v1/iterations/iter_000001")).body.metrics.labelAccuracy).toBe(0.88);
  });

  it("are cancelled through their operation", async () => {
    const { send, services } = testEdge();
    services.operations.hold();
    await send("POST", "/v1/iterations");
    const { status, body } = await send("POST", "/v1/iterations/iter_000001/cancel");
    expect(status).toBe(200);
    expect(body.operation).toMatchObject({ id: "op_000001", state: "cancelled" });
    expect(body.iteration).toMatchObject({ id: "iter_000001", state: "cancelled" });
  });

  it("are refused when the queue is full, with the time to come back", async () => {
    const { send, services } = testEdge();
    services.operations.hold();
    for (let count = 0; count < 3; count += 1) await send("POST", "/v1/iterations");
    const full = await send("POST", "/v1/iterations");
    expect(full.status).toBe(429);
    expect(full.headers.get("retry-after")).toBe("10");
  });
});
