import { describe, expect, it } from "vitest";
import { ServiceError } from "../../src/training/services.ts";
import { testEdge } from "../support/edge.ts";

describe("checkpoints", () => {
  it("show lineage and numbers, never where their files lie", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/runs");
    const { body, text } = await send("GET", "/v1/checkpoints?role=solver");
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ id: "ckpt_000002", role: "solver", metrics: { meanAtK: 0.41, loss: null } });
    expect(text).not.toContain("secret");
    expect((await send("GET", "/v1/checkpoints/ckpt_000002")).text).not.toContain("directory");
  });

  it("are downloaded as a stream under their own name", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/runs");
    const archive = await send("GET", "/v1/checkpoints/ckpt_000002/download");
    expect(archive.status).toBe(200);
    expect(archive.headers.get("content-type")).toBe("application/x-tar");
    expect(archive.headers.get("content-disposition")).toBe('attachment; filename="ckpt_000002.tar"');
    expect(archive.text).toBe("bytes of ckpt_000002");
  });

  it("are read only as fast as the client reads, and let go when it leaves or only asked for headers", async () => {
    const { services } = testEdge();
    let yielded = 0;
    let closed = 0;
    const download = async function* () {
      try {
        for (; yielded < 1000; yielded += 1) yield new Uint8Array(1024);
      } finally {
        closed += 1;
      }
    };
    const { app, send } = testEdge({ services: { ...services, checkpoints: { ...services.checkpoints, download } } });
    await send("POST", "/v1/runs");
    const response = await app.request("/v1/checkpoints/ckpt_000001/download");
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    expect(yielded).toBeLessThan(5);
    await reader?.cancel();
    expect(closed).toBe(1);
    await app.request("/v1/checkpoints/ckpt_000001/download", { method: "HEAD" });
    expect(closed).toBe(2);
  });

  it("that cannot be read are a problem, not a broken download", async () => {
    const { services } = testEdge();
    const download = async function* (): AsyncGenerator<Uint8Array> {
      yield* [];
      throw new ServiceError("internal", "ENOENT /secret/place");
    };
    const { send } = testEdge({ services: { ...services, checkpoints: { ...services.checkpoints, download } } });
    await send("POST", "/v1/runs");
    const answer = await send("GET", "/v1/checkpoints/ckpt_000001/download");
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("ENOENT");
  });

  it("are deleted unless a run stands on them", async () => {
    const { send } = testEdge();
    const { body: run } = await send("POST", "/v1/runs");
    const used = await send("DELETE", `/v1/checkpoints/${run.solverCheckpointId}`);
    expect(used.status).toBe(409);
    expect(used.body.detail).toContain(run.id);
    await send("DELETE", `/v1/runs/${run.id}`);
    expect((await send("DELETE", `/v1/checkpoints/${run.solverCheckpointId}`)).status).toBe(204);
    expect((await send("GET", `/v1/checkpoints/${run.solverCheckpointId}`)).status).toBe(404);
  });
});
