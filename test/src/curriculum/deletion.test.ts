import Database from "better-sqlite3";
import { expect, test } from "vitest";
import {
  baseCheckpoint,
  fullRun,
  newQuestion,
  newRollout,
  storedCall,
  storedEvaluator,
  storedMessage,
  storedRun,
} from "./records-of-a-run.ts";
import { open, temporaryFile } from "./temporary-curriculum.ts";

/** Every row of every table, as text. */
function contents(file: string): Map<string, string[]> {
  const client = new Database(file, { readonly: true });
  const tables = client
    .prepare("select name from sqlite_master where type = 'table' and name not glob '__drizzle*' order by name")
    .pluck()
    .all() as string[];
  const rows = tables.map((table): [string, string[]] => [
    table,
    client
      .prepare(`select * from "${table}"`)
      .all()
      .map((row) => JSON.stringify(row))
      .sort(),
  ]);
  client.close();
  return new Map(rows);
}

test("deleting a run removes everything it made and nothing else", async () => {
  const file = temporaryFile();
  const c = open(file);
  const piece = (phaseId: string) => c.pieces.insert(phaseId, Buffer.alloc(32, 7), [Buffer.from("sampled")]);
  await piece((await fullRun(c)).phase.id);
  c.idempotency.claim("key", "fingerprint");
  c.judgeVerdicts.put("0".repeat(64), { equivalent: true });
  storedMessage(c);
  storedEvaluator(c);
  storedCall(c, null);
  const before = contents(file);
  const { run, checkpoint, phase } = await fullRun(c);
  await piece(phase.id);
  storedCall(c, run.id);
  // The base it stood on belongs to no run and stays.
  const base = contents(file)
    .get("checkpoints")!
    .filter((row) => row.includes(run.challengerCheckpointId));
  before.set("checkpoints", [...before.get("checkpoints")!, ...base].sort());

  expect(await c.runs.delete(run.id)).toEqual([checkpoint.directory]);
  expect(contents(file)).toEqual(before);
  // A test that compares empty tables would prove nothing.
  const filled = [...before].filter(([, rows]) => rows.length > 0).map(([table]) => table);
  expect([...before.keys()].filter((table) => !filled.includes(table))).toEqual(["bulk_inserts"]);
});

test("a directory that another checkpoint uses is not handed out for removal", async () => {
  const c = open();
  const { run, checkpoint } = await fullRun(c);
  c.checkpoints.insert(baseCheckpoint(c, { directory: checkpoint.directory }));
  expect(await c.runs.delete(run.id)).toEqual([]);
});

test("a run whose checkpoint another run stands on stays whole", async () => {
  const file = temporaryFile();
  const c = open(file);
  const { run, checkpoint } = await fullRun(c);
  const heir = storedRun(c);
  c.runs.setCheckpoint(heir.id, "challenger", checkpoint.id);
  const before = contents(file);
  await expect(c.runs.delete(run.id)).rejects.toThrow(expect.objectContaining({ code: "conflict", value: heir.id }));
  expect(contents(file)).toEqual(before);
});

test("a run is invisible from the moment its deletion begins, and a crash does not bring it back", async () => {
  const file = temporaryFile();
  const c = open(file);
  const { run, checkpoint } = await fullRun(c);
  await c.rollouts.insertMany(Array.from({ length: 3000 }, (_, sample) => newRollout(c, run.id, { sample })));
  const deletion = c.runs.delete(run.id);
  expect(c.runs.find(run.id)).toBeNull();
  expect(c.runs.list({ limit: 10, after: null }).data).toEqual([]);
  expect(() => c.runs.setLabels(run.id, {})).toThrow(expect.objectContaining({ code: "not-found" }));
  expect(contents(file).get("rollouts")!.length).toBeGreaterThan(0);
  // The process ends here: the connection is gone in the middle of the work.
  c.close();
  await expect(deletion).rejects.toThrow("not open");

  const next = open(file);
  expect(await next.recover()).toEqual({
    discardedRows: 0,
    releasedKeys: 0,
    deletedRuns: [run.id],
    directories: [checkpoint.directory],
  });
  expect(contents(file).get("rollouts")).toEqual([]);
  expect(contents(file).get("runs")).toEqual([]);
});

test("deleting an unknown run says so", async () => {
  await expect(open().runs.delete("run_none")).rejects.toThrow(expect.objectContaining({ code: "not-found" }));
});

test("what was made after a mark goes, what a person submitted stays", async () => {
  const file = temporaryFile();
  const c = open(file);
  const kept = await fullRun(c);
  const other = await fullRun(c);
  const before = contents(file);
  const mark = c.makeId("phase");
  const rollout = newRollout(c, kept.run.id);
  await c.rollouts.insertMany([rollout]);
  const proposed = newQuestion(c, kept.run.id, { rolloutId: rollout.id });
  const elsewhere = newQuestion(c, other.run.id);
  const submitted = newQuestion(c, kept.run.id, { source: "submitted" });
  await c.questions.insertMany([proposed, elsewhere, submitted]);

  expect(c.discardMadeAfter(kept.run.id, mark)).toBe(2);
  expect(c.questions.find(proposed.id)).toBeNull();
  expect(c.questions.getMany([elsewhere.id, submitted.id])).toEqual([elsewhere, submitted]);
  expect(contents(file).get("rollouts")).toEqual(before.get("rollouts"));
  expect(contents(file).get("steps")).toEqual(before.get("steps"));
  expect(c.discardMadeAfter(kept.run.id, kept.phase.id)).toBe(1 + 4 + 1 + 1 + 1);
  expect(c.steps.find(other.step.id)).toEqual(other.step);
});
