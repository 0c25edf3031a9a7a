import { describe, expect, it } from "vitest";
import { testEdge } from "../support/edge.ts";

async function withRun() {
  const edge = testEdge();
  const { body } = await edge.send("POST", "/v1/runs");
  return { ...edge, run: body.id as string };
}

describe("questions", () => {
  it("are proposed as long work", async () => {
    const { send, run } = await withRun();
    const queued = await send("POST", "/v1/questions", { kind: "propose", run, count: 2, seed: 7 });
    expect(queued.status).toBe(202);
    expect(queued.body).toMatchObject({ operation: { kind: "questions", request: { count: 2 } }, questions: [] });
    const done = await send("POST", "/v1/questions", { kind: "propose", run, count: 2 }, { prefer: "wait=5" });
    expect(done.status).toBe(200);
    expect(done.body.questions).toHaveLength(2);
    expect(done.body.questions[0]).toMatchObject({ source: "challenger", state: "proposed", proposedAnswer: "28" });
  });

  it("are submitted at once", async () => {
    const { send, run } = await withRun();
    const stored = await send("POST", "/v1/questions", { kind: "submit", run, questions: ["12+18-2", "1+1"] });
    expect(stored.status).toBe(201);
    expect(stored.body.operation).toBeNull();
    expect(stored.body.questions.map(({ text }: { text: string }) => text)).toEqual(["12+18-2", "1+1"]);
    expect((await send("GET", "/v1/questions/q_000001")).body.source).toBe("submitted");
  });

  it("must say which of the two they are", async () => {
    const { send, run } = await withRun();
    const unsaid = await send("POST", "/v1/questions", { run, count: 2 });
    expect(unsaid.status).toBe(400);
    expect(unsaid.body.field).toBe("kind");
    const mixed = await send("POST", "/v1/questions", { kind: "submit", run, questions: ["1"], count: 2 });
    expect(mixed.body.errors).toEqual([{ in: "body", field: "count", message: "Unknown field.", value: 2 }]);
  });

  it("are found by run, state, share and text", async () => {
    const { send, run } = await withRun();
    await send("POST", "/v1/questions", { kind: "submit", run, questions: ["12+18-2", "1+1"] });
    await send("POST", "/v1/solutions", { run, questions: ["q_000001"] }, { prefer: "wait=5" });
    const ids = async (query: string) =>
      (await send("GET", `/v1/questions?${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await ids(`run=${run}`)).toEqual(["q_000002", "q_000001"]);
    expect(await ids("run=run_000009")).toEqual([]);
    expect(await ids("state=kept")).toEqual(["q_000001"]);
    expect(await ids("minShare=0.5&maxShare=0.8")).toEqual(["q_000001"]);
    expect(await ids("minShare=0.8")).toEqual([]);
    expect(await ids("search=1%2B1")).toEqual(["q_000002"]);
    expect((await send("GET", "/v1/questions?minShare=2")).status).toBe(400);
    expect((await send("GET", "/v1/questions?stat=kept")).body.field).toBe("stat");
  });
});

describe("solutions", () => {
  it("count votes, and show every rollout behind them", async () => {
    const { send, run } = await withRun();
    await send("POST", "/v1/questions", { kind: "submit", run, questions: ["12+18-2"] });
    const done = await send(
      "POST",
      "/v1/solutions",
      { run, questions: ["q_000001"], samples: 4 },
      { prefer: "wait=5" },
    );
    expect(done.status).toBe(200);
    expect(done.body.solutions[0]).toMatchObject({
      samples: 4,
      withoutAnswer: 1,
      pseudoLabel: "28",
      majorityShare: 0.75,
      groups: [{ answer: "28", count: 3 }],
    });
    expect((await send("GET", "/v1/solutions?question=q_000001")).body.data).toHaveLength(1);
    expect((await send("GET", "/v1/solutions/sol_000001")).body).toEqual(done.body.solutions[0]);
    const { body } = await send("GET", "/v1/solutions/sol_000001/rollouts");
    expect(body.data).toHaveLength(4);
    expect(body.data[0].sampledLogprobs).toEqual([-0.5, -0.25]);
    expect(body.data[0].rawLogprobs).toEqual([-0.75, null]);
  });

  it("are queued without a wait", async () => {
    const { send, run } = await withRun();
    await send("POST", "/v1/questions", { kind: "submit", run, questions: ["12+18-2"] });
    const queued = await send("POST", "/v1/solutions", { run, questions: ["q_000001"] });
    expect(queued.status).toBe(202);
    expect(queued.body.solutions).toEqual([]);
    expect((await send("POST", "/v1/solutions", { run, questions: ["q_9"] })).status).toBe(404);
  });
});

describe("the export of questions", () => {
  it("is a file to download, of its own media type", async () => {
    const { send } = testEdge();
    for (const [format, type] of [
      ["jsonl", "application/jsonl"],
      ["parquet", "application/vnd.apache.parquet"],
    ]) {
      const answer = await send("GET", `/v1/questions?format=${format}&state=kept`);
      expect([answer.status, answer.headers.get("content-type"), answer.text]).toEqual([200, type, `all as ${format}`]);
      expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="questions.${format}"`);
    }
    expect((await send("GET", "/v1/questions?format=json")).body).toMatchObject({ data: [], hasMore: false });
  });

  it("knows no cursor and no other format", async () => {
    const { send } = testEdge();
    const after = await send("GET", "/v1/questions?format=jsonl&after=q_1");
    expect([after.status, after.body.field, after.body.value]).toEqual([422, "after", "q_1"]);
    expect((await send("GET", "/v1/questions?format=csv")).status).toBe(400);
  });

  it("ends where its reader stops", async () => {
    const { app, services } = testEdge();
    let ended = false;
    services.questions.export = async function* () {
      try {
        for (;;) yield new Uint8Array(10);
      } finally {
        ended = true;
      }
    };
    const response = await app.request("/v1/questions?format=jsonl");
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(ended).toBe(true);
  });
});
