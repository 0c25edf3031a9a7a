/** A copy that is made while a run trains, and what becomes of it: from real files, by a real process. */
import { fork } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { CopyRequest } from "../../../src/backup/copy-data.ts";
import { requireSpace } from "../../../src/backup/free-space.ts";
import { restoreData } from "../../../src/backup/restore-data.ts";
import { lockDataDirectory } from "../../../src/curriculum/data-lock.ts";
import type { Operation } from "../../../src/records/records.ts";
import { outcome, watched } from "../../support/run-outcome.ts";
import {
  type ServicesUnderTest,
  smallRun,
  startServices,
  type TestOptions,
} from "../../support/services-under-test.ts";

const folders: string[] = [];
const temporary = () => {
  const folder = mkdtempSync(join(tmpdir(), "rzero-restored-"));
  folders.push(folder);
  return folder;
};
const open: ServicesUnderTest[] = [];
async function start(options: TestOptions = {}) {
  const tested = await startServices(options);
  open.push(tested);
  return tested;
}
afterEach(async () => {
  for (const tested of open.splice(0)) await tested.remove();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const seed = 7;
const restore = (backupFolder: string, dataDirectory = temporary()) =>
  restoreData({ backupFolder, dataDirectory }, () => undefined).then(() => dataDirectory);
const namesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

async function backUp(tested: ServicesUnderTest): Promise<{ operation: Operation; folder: string; id: string }> {
  const operation = await tested.ended(tested.services.backups.create());
  const id = operation.resources[0]!;
  return { operation, id, folder: join(tested.directory, "backups", id) };
}

describe("a backup made while a run trains", () => {
  /** As it was in the middle of the second iteration. */
  let backup: string;
  let operation: Operation;
  let expected: Awaited<ReturnType<typeof outcome>>;

  beforeAll(async () => {
    let calls = 0;
    let halfway: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      halfway = resolve;
    });
    const tested = await startServices({ policy: watched(() => void (++calls === 24 && halfway())) });
    folders.push(tested.directory);
    const run = await tested.services.runs.create({ seed, overrides: smallRun });
    operation = (await tested.services.iterations.start({ run: run.id, count: 3 })).operation;
    await reached;
    const { folder, id, operation: made } = await backUp(tested);
    expect(made).toMatchObject({ kind: "backup", state: "completed", result: { backup: id } });
    expected = await outcome(tested, operation);
    backup = temporary();
    cpSync(folder, backup, { recursive: true });
    await tested.stop();
  }, 60_000);

  test("starts in another folder, goes on where the run was, and ends in the same weights, rows and events", async () => {
    const tested = await start({ directory: await restore(backup) });
    const { danglingReferences, damage } = tested.curriculum.integrity();
    expect([...danglingReferences, ...damage]).toEqual([]);
    expect(await outcome(tested, operation)).toEqual(expected);
    // The operation that made it has ended in it: nobody makes a second one.
    const { data } = tested.services.operations.list({ limit: 10, after: null }, { kind: "backup" });
    expect(data.map(({ state }) => state)).toEqual(["completed"]);
    expect(tested.services.operations.events(data[0]!.id, 0, 1000).at(-1)).toMatchObject({
      type: "operation.completed",
    });
    expect(await tested.services.backups.list({ limit: 10, after: null })).toMatchObject({ data: [] });
  }, 60_000);

  test("is refused where a byte of a file is another, or a file is gone", async () => {
    const harm = async (act: (folder: string) => void) => {
      const harmed = temporary();
      cpSync(backup, harmed, { recursive: true });
      act(harmed);
      const into = temporary();
      const error: unknown = await restore(harmed, into).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: "BackupError", code: "damaged" });
      expect(namesIn(into)).toEqual(["service.lock"]);
      return (error as Error).message;
    };
    const flip = (file: string) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
    };
    const someCheckpoint = (folder: string) =>
      join(folder, "checkpoints", namesIn(join(folder, "checkpoints")).at(-1)!);
    expect(await harm((folder) => flip(join(folder, "rzero.sqlite")))).toContain("rzero.sqlite is sha256:");
    expect(await harm((folder) => flip(join(someCheckpoint(folder), "model.safetensors")))).toContain(
      "model.safetensors",
    );
    expect(await harm((folder) => rmSync(someCheckpoint(folder), { recursive: true }))).toContain("is gone");
    // A manifest that was written for it does not help weights that are not those of the row.
    const message = await harm((folder) => {
      const manifest = join(folder, "backup.json");
      const content = JSON.parse(readFileSync(manifest, "utf8")) as { files: { path: string }[] };
      const gone = content.files.find(({ path }) => path.endsWith("model.safetensors"))!;
      writeFileSync(manifest, JSON.stringify({ ...content, files: content.files.filter((file) => file !== gone) }));
    });
    expect(message).toMatch(/checkpoint ckpt_\w+ is damaged: it has no weights/);
  });

  test("is refused where it is none, where a service works, and where something is already", async () => {
    const refused = expect.objectContaining({ name: "BackupError", code: "refused" });
    await expect(restore(temporary())).rejects.toEqual(refused);
    const outside = temporary();
    cpSync(backup, outside, { recursive: true });
    const manifest = readFileSync(join(backup, "backup.json"), "utf8");
    writeFileSync(join(outside, "backup.json"), manifest.replace('"rzero.sqlite"', '"../rzero.sqlite"'));
    await expect(restore(outside)).rejects.toEqual(refused);
    const used = temporary();
    const unlock = lockDataDirectory(join(used, "service.lock"));
    await expect(restore(backup, used)).rejects.toThrow(/a service works on/);
    unlock();
    writeFileSync(join(used, "rzero.sqlite"), "mine");
    await expect(restore(backup, used)).rejects.toThrow(/is not empty: it holds rzero\.sqlite/);
    expect(readFileSync(join(used, "rzero.sqlite"), "utf8")).toBe("mine");
  });

  test("into a folder with nothing but backups, or with what a restore left that was cut off, is restored", async () => {
    const into = temporary();
    mkdirSync(join(into, "backups", "bkp_x"), { recursive: true });
    mkdirSync(join(into, "unfinished-restore", "checkpoints"), { recursive: true });
    mkdirSync(join(into, "checkpoints", "ckpt_half"), { recursive: true });
    await restore(backup, into);
    expect(namesIn(into).sort()).toEqual(["backups", "checkpoints", "rzero.sqlite", "service.lock"]);
    expect(namesIn(join(into, "checkpoints"))).not.toContain("ckpt_half");
  });
});

describe("making one", () => {
  async function trained() {
    const tested = await start();
    const run = await tested.services.runs.create({ seed, overrides: smallRun });
    const { operation } = await tested.services.iterations.start({ run: run.id });
    await tested.ended(operation);
    return { ...tested, run: tested.services.runs.get(run.id) };
  }

  test("shares the checkpoints' blocks, is listed, and goes when it is deleted; the checkpoints stay", async () => {
    const tested = await trained();
    const { backups } = tested.services;
    const [first, second] = [await backUp(tested), await backUp(tested)];
    const weights = join("checkpoints", tested.run.solverCheckpointId, "model.safetensors");
    expect(statSync(join(first.folder, weights)).ino).toBe(statSync(join(tested.directory, weights)).ino);
    const page = await backups.list({ limit: 1, after: null });
    expect(page).toMatchObject({ data: [{ id: second.id }], hasMore: true, nextCursor: second.id });
    expect(await backups.list({ limit: 1, after: page.nextCursor })).toMatchObject({
      data: [{ id: first.id }],
      hasMore: false,
    });
    expect(await backups.get(first.id)).toMatchObject({ operationId: first.operation.id, checkpoints: 3 });
    await backups.delete(first.id);
    for (const id of [first.id, "bkp_nowhere", "..", "../checkpoints"]) {
      await expect(backups.get(id)).rejects.toMatchObject({ code: "not-found" });
      await expect(backups.delete(id)).rejects.toMatchObject({ code: "not-found" });
    }
    expect(namesIn(join(tested.directory, "backups"))).toEqual([second.id]);
    expect(existsSync(join(tested.directory, weights))).toBe(true);
  });

  test("fails by name where a checkpoint is damaged or gone, and leaves nothing", async () => {
    const tested = await trained();
    const folder = join(tested.directory, "checkpoints", tested.run.solverCheckpointId);
    renameSync(join(folder, "model.safetensors"), join(folder, "aside"));
    const { operation } = await backUp(tested);
    expect(operation).toMatchObject({ state: "failed", error: { code: "damaged" } });
    expect(operation.error!.message).toContain(tested.run.solverCheckpointId);
    rmSync(folder, { recursive: true });
    expect((await backUp(tested)).operation.error!.message).toMatch(/the files of checkpoint ckpt_\w+ are gone/);
    expect(namesIn(join(tested.directory, "backups"))).toEqual([]);
  });

  test("ends when it is cancelled, and leaves nothing; what a killed process leaves goes at the next start", async () => {
    const tested = await trained();
    const operation = tested.services.backups.create();
    const directory = join(tested.directory, "backups");
    while (namesIn(directory).length === 0) await new Promise(setImmediate);
    expect(namesIn(directory)).toEqual([`unfinished-${operation.resources[0]}`]);
    await tested.services.operations.cancel(operation.id);
    expect(await tested.ended(operation)).toMatchObject({ state: "cancelled" });
    expect(namesIn(directory)).toEqual([]);
    mkdirSync(join(directory, "unfinished-bkp_x"));
    open.splice(
      open.findIndex(({ directory: own }) => own === tested.directory),
      1,
    );
    await tested.stop();
    await start({ directory: tested.directory });
    expect(namesIn(directory)).toEqual([]);
  });

  test("goes on after a restart: it was queued, and is made once", async () => {
    const tested = await trained();
    const operation = tested.services.backups.create();
    open.splice(
      open.findIndex(({ directory }) => directory === tested.directory),
      1,
    );
    await tested.stop();
    const again = await start({ directory: tested.directory });
    expect(await again.ended(operation)).toMatchObject({ state: "completed" });
    expect(namesIn(join(tested.directory, "backups"))).toEqual(operation.resources);
  });

  test("keeps what is deleted meanwhile until it has it", async () => {
    const tested = await trained();
    const { services, directory, run } = tested;
    const operation = services.backups.create();
    while (namesIn(join(directory, "backups")).length === 0) await new Promise(setImmediate);
    await services.runs.delete(run.id);
    expect(existsSync(join(directory, "checkpoints", run.solverCheckpointId))).toBe(true);
    expect(await tested.ended(operation)).toMatchObject({ state: "completed" });
    expect(existsSync(join(directory, "checkpoints", run.solverCheckpointId))).toBe(false);
  });
});

test.runIf(process.platform === "linux")(
  "a disk that is full makes a failure, said by name, and no half of a copy",
  async () => {
    const tested = await start();
    await tested.services.runs.create({ seed, overrides: smallRun });
    const entry = fileURLToPath(new URL("../../../src/backup/copy-process.ts", import.meta.url));
    const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    const execArgv = ["--fsize=100000:unlimited", process.execPath, "--import", loader];
    const child = fork(entry, [], { execPath: "prlimit", execArgv, serialization: "advanced" });
    const ids = { id: "bkp_x", operationId: "op_x", createdAt: new Date().toISOString() };
    child.send({ ...ids, dataDirectory: tested.directory, folder: temporary() } satisfies CopyRequest);
    const [answer] = await once(child, "message");
    child.kill("SIGKILL");
    expect(answer).toEqual({
      failed: expect.stringMatching(/^(no-space|failed)$/),
      message: expect.stringMatching(/full|disk I\/O/),
    });
    await expect(requireSpace(tested.directory, Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({ code: "no-space" });
    await expect(requireSpace(tested.directory, 1)).resolves.toBeUndefined();
  },
);
