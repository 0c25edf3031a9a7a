/** The base weights of a model on disk: served from its folder, never copied, never removed. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOnnxPolicy } from "../../../src/policy/onnx-policy.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

const models = mkdtempSync(join(tmpdir(), "rzero-models-"));
const modelDirectory = join(models, "mine");

describe("the base checkpoint of a model on disk", () => {
  let tested: ServicesUnderTest;
  let id: string;
  let run: string;
  beforeAll(async () => {
    cpSync(fileURLToPath(new URL("../../../models/abacus", import.meta.url)), modelDirectory, { recursive: true });
    tested = await startServices({ policy: await createOnnxPolicy({ modelDirectory, threads: 1 }) });
    ({ id: run, solverCheckpointId: id } = await tested.services.runs.create({ overrides: smallRun }));
  });
  afterAll(async () => {
    await tested.remove();
    rmSync(models, { recursive: true });
  });

  test("is not written again", () => {
    const base = tested.services.checkpoints.get(id);
    expect(base).toMatchObject({ role: "base", model: "mine", digest: tested.policy.model.baseWeights });
    expect(base.bytes).toBeGreaterThan(3_000_000);
    expect(existsSync(join(tested.directory, "checkpoints"))).toBe(false);
  });

  test("is downloaded from the model's own folder", async () => {
    const files = new Map<string, Buffer>();
    const reader = extract();
    reader.on("entry", async (header, stream, next) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      files.set(header.name, Buffer.concat(chunks));
      next();
    });
    const done = new Promise((resolve, reject) => reader.on("finish", resolve).on("error", reject));
    Readable.from(tested.services.checkpoints.download(id)).pipe(reader);
    await done;
    const names = readdirSync(modelDirectory);
    expect([...files.keys()].sort()).toEqual(names.map((name) => `${id}/${name}`).sort());
    for (const name of names)
      expect(files.get(`${id}/${name}`)!.equals(readFileSync(join(modelDirectory, name)))).toBe(true);
  });

  test("goes from the list when nobody stands on it, and leaves the model and the data where they are", async () => {
    await tested.services.runs.delete(run);
    await tested.services.checkpoints.delete(id);
    expect(() => tested.services.checkpoints.get(id)).toThrow(/there is no checkpoint/);
    expect(existsSync(join(modelDirectory, "model.safetensors"))).toBe(true);
    expect(existsSync(join(tested.directory, "rzero.sqlite"))).toBe(true);
  });
});
