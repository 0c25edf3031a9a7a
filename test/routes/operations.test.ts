import { describe, expect, it } from "vitest";
import { framesOf } from "../support/contract.ts";
import { testEdge } from "../support/edge.ts";

const json = { accept: "application/json" };
const events = "/v1/operations/op_000001/events";

describe("operations", () => {
  it("are listed by kind, state and run", async () => {
    const { send, services } = testEdge();
    await send("POST", "/v1/iterations", {}, { prefer: "wait=5" });
    services.operations.hold();
    await send("POST", "/v1/questions", { kind: "propose", run: "run_000001", count: 1 });
    const ids = async (query: string) =>
      (await send("GET", `/v1/operations?${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await ids("")).toEqual(["op_000002", "op_000001"]);
    expect(await ids("kind=iterations")).toEqual(["op_000001"]);
    expect(await ids("state=completed")).toEqual(["op_000001"]);
    expect(await ids("run=run_000002")).toEqual([]);
    expect((await send("GET", "/v1/operations?state=asleep")).body.field).toBe("state");
  });

  it("are cancelled once; afterwards they answer themselves", async () => {
    const { send, services } = testEdge();
    services.operations.hold();
    await send("POST", "/v1/iterations");
    const cancelled = await send("POST", "/v1/operations/op_000001/cancel");
    expect(cancelled.body).toMatchObject({ state: "cancelled", queuePosition: null });
    expect((await send("POST", "/v1/operations/op_000001/cancel")).body).toEqual(cancelled.body);
    expect((await send("GET", "/v1/operations/op_000001")).body).toEqual(cancelled.body);
  });

  it("are paused and resumed; what cannot be is a conflict", async () => {
    const { send, services } = testEdge();
    services.operations.hold();
    await send("POST", "/v1/iterations");
    const paused = await send("POST", "/v1/operations/op_000001/pause");
    expect(paused.body).toMatchObject({ state: "paused", queuePosition: null, finishedAt: null });
    expect((await send("POST", "/v1/operations/op_000001/pause")).body).toEqual(paused.body);
    expect((await send("GET", "/v1/operations?state=paused")).body.data).toHaveLength(1);
    expect((await send("POST", "/v1/operations/op_000001/resume")).body.state).not.toBe("paused");
    expect((await send("POST", "/v1/operations/op_000001/resume")).status).toBe(409);
    await send("POST", "/v1/operations/op_000001/cancel");
    expect((await send("POST", "/v1/operations/op_000001/pause")).body).toMatchObject({
      status: 409,
      code: "conflict",
    });
  });
});

describe("events", () => {
  it("stream from the start to the terminal event", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/iterations");
    const { text, headers } = await send("GET", events);
    expect(headers.get("content-type")).toBe("text/event-stream");
    const frames = framesOf(text);
    expect(frames.map(({ event }) => event)).toEqual([
      "operation.queued",
      "operation.started",
      "iteration.started",
      "step.completed",
      "iteration.completed",
      "operation.completed",
    ]);
    expect(frames.map(({ id }) => Number(id))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("resume behind Last-Event-ID, or behind `after`", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/iterations", {}, { prefer: "wait=5" });
    const resumed = framesOf((await send("GET", events, undefined, { "last-event-id": "4" })).text);
    expect(resumed.map(({ id }) => id)).toEqual(["5", "6"]);
    expect(framesOf((await send("GET", `${events}?after=5`)).text).map(({ id }) => id)).toEqual(["6"]);
    const both = await send("GET", `${events}?after=1`, undefined, { "last-event-id": "5" });
    expect(framesOf(both.text).map(({ id }) => id)).toEqual(["6"]);
  });

  it("answer 204 behind the terminal event, so that an EventSource stops", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/iterations", {}, { prefer: "wait=5" });
    expect((await send("GET", events, undefined, { "last-event-id": "6" })).status).toBe(204);
  });

  it("come as pages of JSON", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/iterations", {}, { prefer: "wait=5" });
    const first = await send("GET", `${events}?limit=4`, undefined, json);
    expect(first.body).toMatchObject({ hasMore: true, nextCursor: "4" });
    expect(first.body.data).toHaveLength(4);
    const rest = await send("GET", `${events}?limit=4&after=4`, undefined, json);
    expect(rest.body).toMatchObject({ hasMore: false, nextCursor: null });
    expect(rest.body.data.map(({ type }: { type: string }) => type)).toEqual([
      "iteration.completed",
      "operation.completed",
    ]);
  });

  it("refuse an id that is no number", async () => {
    const { status, body } = await testEdge().send("GET", events, undefined, { "last-event-id": "yesterday" });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { in: "header", field: "last-event-id", message: expect.any(String), value: "yesterday" },
    ]);
  });

  it("end with an error event when the source fails halfway, and log why", async () => {
    const { services } = testEdge();
    const { operations } = services;
    const follow = async function* (id: string) {
      yield* operations.events(id, 0, 1);
      throw new Error("secret of the inside");
    };
    const failing = new Proxy(operations, {
      get: (target, name) => {
        if (name === "follow") return follow;
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const { app, lines } = testEdge({ services: { ...services, operations: failing } });
    await app.request("/v1/iterations", { method: "POST" });
    const response = await app.request(events);
    const frames = framesOf(await response.text());
    expect(frames.map(({ event }) => event)).toEqual(["operation.queued", "error"]);
    expect(JSON.parse(frames[1]?.data ?? "")).toMatchObject({ code: "internal", status: 500 });
    expect(lines.some(({ level, message }) => level === "error" && message === "event stream failed")).toBe(true);
  });
});
