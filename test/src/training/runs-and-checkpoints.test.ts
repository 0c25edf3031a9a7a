import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run } from "../../../src/records/records.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

const PAGE = { limit: 200, after: null };
const sampling = (temperature: number) => ({ temperature, topP: 1, topK: 0, minP: 0, maxTokens: 60 });

describe("runs", () => {
  let tested: ServicesUnderTest;
  beforeAll(async () => {
    tested = await startServices();
  });
  afterAll(() => tested.remove());

  test("a run records every value it works with and stands on the base", async () => {
    const { services } = tested;
    const run = await services.runs.create({ overrides: smallRun, labels: { note: "first" } });
    expect(run).toMatchObject({ model: "toy", domain: "arithmetic", labels: { note: "first" }, baseEvaluation: null });
    expect(run.config.pool.size).toBe(40);
    const base = services.checkpoints.get(run.solverCheckpointId);
    expect(base).toMatchObject({ role: "base", digest: tested.policy.model.baseWeights, policyVersion: 0 });
    const other = await services.runs.create({ overrides: smallRun });
    expect(other.solverCheckpointId).toBe(base.id);
    expect(services.runs.update(run.id, { labels: { note: "second" } }).labels).toEqual({ note: "second" });
    expect(services.runs.get(run.id)).toMatchObject({ seed: run.seed, config: run.config });
  });

  test.each([
    ["an unknown model", { model: "llama" }, "model"],
    ["an unknown domain", { domain: "poetry" }, "domain"],
    ["an unknown preset", { preset: "magic" }, "preset"],
    ["a value out of bounds", { overrides: { solver: { steps: -1 } } }, "overrides.solver.steps"],
    ["more tokens than the model holds", { overrides: {} }, "overrides.challenger.sampling.maxTokens"],
    [
      "a KL term away from temperature 1",
      { overrides: { ...smallRun, solver: { ...(smallRun.solver as object), sampling: sampling(0.7) } } },
      "overrides.solver.sampling.temperature",
    ],
  ])("%s is refused by name", async (_, request, field) => {
    await expect(tested.services.runs.create(request)).rejects.toMatchObject({ code: "invalid-value", field });
  });

  test("nothing is found under an unknown id, by any door", async () => {
    const { services } = tested;
    const missing = expect.objectContaining({ name: "ServiceError", code: "not-found" });
    for (const read of [
      () => services.runs.get("run_x"),
      () => services.iterations.get("iter_x"),
      () => services.iterations.steps("iter_x"),
      () => services.questions.get("q_x"),
      () => services.solutions.get("sol_x"),
      () => services.solutions.rollouts("sol_x"),
      () => services.trainingSteps.get("step_x"),
      () => services.checkpoints.get("ckpt_x"),
      () => services.checkpoints.download("ckpt_x"),
      () => services.operations.get("op_x"),
      () => services.operations.events("op_x", 0, 1),
      () => services.operations.follow("op_x", 0, new AbortController().signal),
    ]) {
      let thrown: unknown = null;
      try {
        read();
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toEqual(missing);
    }
    await expect(services.iterations.start({ run: "run_x" })).rejects.toEqual(missing);
    await expect(services.operations.cancel("op_x")).rejects.toEqual(missing);
    await expect(services.iterations.start({ count: 0 })).rejects.toMatchObject({
      code: "invalid-value",
      field: "count",
    });
  });

  test("readiness names what is ready", () => {
    const { ready, checks } = tested.services.health.ready();
    expect(ready).toBe(true);
    expect(checks).toMatchObject({ database: { ok: true }, model: { ok: true, detail: "toy on script" } });
  });
});

describe("checkpoints", () => {
  let tested: ServicesUnderTest;
  let run: Run;
  beforeAll(async () => {
    tested = await startServices();
    run = await tested.services.runs.create({ seed: 2, overrides: smallRun });
    const { operation } = await tested.services.iterations.start({ run: run.id, count: 2 });
    await tested.ended(operation);
  });
  afterAll(() => tested.remove());

  test("are downloaded as a tar whose model.safetensors has their digest", async () => {
    const { services } = tested;
    const { id, digest } = services.checkpoints.get(services.runs.get(run.id).solverCheckpointId);
    const files = await unpacked(services.checkpoints.download(id));
    expect([...files.keys()].sort()).toEqual([`${id}/config.json`, `${id}/model.safetensors`]);
    const sum = createHash("sha256")
      .update(files.get(`${id}/model.safetensors`)!)
      .digest("hex");
    expect(`sha256:${sum}`).toBe(digest);
  });

  test("are made a whole model on demand, of which nothing stays behind", async () => {
    const { services, directory } = tested;
    const { id } = services.checkpoints.get(services.runs.get(run.id).solverCheckpointId);
    const files = await unpacked(services.checkpoints.download(id, { merged: true }));
    expect([...files.keys()].sort()).toEqual([`${id}/config.json`, `${id}/model.safetensors`]);
    for await (const _ of services.checkpoints.download(id, { merged: true })) break;
    expect(readdirSync(join(directory, "checkpoints")).filter((name) => !name.startsWith("ckpt_"))).toEqual([]);
  });

  test("a reader that stops early leaves no open file", async () => {
    const { services } = tested;
    const head = services.runs.get(run.id).solverCheckpointId;
    for await (const chunk of services.checkpoints.download(head)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });

  test("one a run stands on stays; an earlier one goes with its folder", async () => {
    const { services } = tested;
    const heads = services.runs.get(run.id);
    for (const id of [heads.solverCheckpointId, heads.challengerCheckpointId]) {
      await expect(services.checkpoints.delete(id)).rejects.toMatchObject({ code: "conflict" });
    }
    const earlier = services.checkpoints
      .list(PAGE, { run: run.id })
      .data.find(({ id }) => id !== heads.solverCheckpointId && id !== heads.challengerCheckpointId)!;
    expect(existsSync(join(tested.directory, earlier.directory))).toBe(true);
    await services.checkpoints.delete(earlier.id);
    expect(existsSync(join(tested.directory, earlier.directory))).toBe(false);
    expect(() => services.checkpoints.get(earlier.id)).toThrow(/there is no checkpoint/);
  });
});

async function unpacked(archive: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  reader.on("entry", (header, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      files.set(header.name, Buffer.concat(chunks));
      next();
    });
  });
  const done = new Promise((resolve, reject) => reader.on("finish", resolve).on("error", reject));
  Readable.from(archive).pipe(reader);
  await done;
  return files;
}
