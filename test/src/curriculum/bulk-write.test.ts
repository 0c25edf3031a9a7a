import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { newQuestion, newRollout, newStep, storedRun } from "./records-of-a-run.ts";
import { open, temporaryFile } from "./temporary-curriculum.ts";

function reader(file: string): Database.Database {
  const client = new Database(file, { readonly: true });
  onTestFinished(() => {
    client.close();
  });
  return client;
}
const count = (client: Database.Database, table: string) =>
  client.prepare(`select count(*) from ${table}`).pluck().get() as number;

describe("a bulk insert", () => {
  test("leaves the event loop to others between pieces, and readers see rows only ever added", async () => {
    const file = temporaryFile();
    const c = open(file);
    const run = storedRun(c);
    const rows = Array.from({ length: 8000 }, (_, sample) => newRollout(c, run.id, { sample }));
    const other = reader(file);
    const seen: number[] = [];
    let done = false;
    const watch = () => {
      if (done) return;
      seen.push(count(other, "rollouts"));
      setImmediate(watch);
    };
    setImmediate(watch);
    await c.rollouts.insertMany(rows);
    done = true;
    // Many small pieces, not one: on any machine 8,000 rows take more than five pieces of 2 ms.
    expect(new Set(seen).size).toBeGreaterThan(5);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(count(other, "rollouts")).toBe(rows.length);
    expect(count(other, "bulk_inserts")).toBe(0);
  });

  test("that fails takes back all its rows, and none of those before it", async () => {
    const file = temporaryFile();
    const c = open(file);
    const run = storedRun(c);
    const first = newRollout(c, run.id, { text: "was here before" });
    await c.rollouts.insertMany([first]);
    const rows = Array.from({ length: 5000 }, (_, sample) => newRollout(c, run.id, { sample }));
    const conflict = expect.objectContaining({ code: "conflict" });
    await expect(c.rollouts.insertMany([...rows, { ...first, text: "again" }])).rejects.toThrow(conflict);
    expect(count(reader(file), "rollouts")).toBe(1);
    expect(count(reader(file), "bulk_inserts")).toBe(0);
    expect(c.rollouts.get(first.id)).toEqual(first);
    await c.rollouts.insertMany(rows);
    expect(count(reader(file), "rollouts")).toBe(5001);
  });

  test("does not mix with another that runs at the same time", async () => {
    const file = temporaryFile();
    const c = open(file);
    const run = storedRun(c);
    const [good, bad] = [0, 1].map((group) =>
      Array.from({ length: 3000 }, (_, sample) => newRollout(c, run.id, { group, sample })),
    );
    bad!.push(newRollout(c, run.id, { stepId: "step_none" }));
    const results = await Promise.allSettled([c.rollouts.insertMany(good!), c.rollouts.insertMany(bad!)]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
    expect(count(reader(file), "rollouts")).toBe(3000);
    expect(c.rollouts.getMany(good!.map((row) => row.id))).toEqual(good);
  });

  test("of a killed process is taken back at the next start", async () => {
    const file = temporaryFile();
    const c = open(file);
    const run = storedRun(c);
    const before = newRollout(c, run.id);
    await c.rollouts.insertMany([before]);
    const script = fileURLToPath(new URL("killed-writer.ts", import.meta.url));
    const child = spawnSync(process.execPath, ["--import", "tsx", script, file, run.id], { encoding: "utf8" });
    expect({ signal: child.signal, stderr: child.stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
    const left = count(reader(file), "rollouts");
    expect(left).toBeGreaterThan(1);
    expect(left).toBeLessThan(30_001);

    const next = open(file);
    expect((await next.recover()).discardedRows).toBe(left - 1);
    expect(count(reader(file), "rollouts")).toBe(1);
    expect(count(reader(file), "bulk_inserts")).toBe(0);
    expect(next.rollouts.get(before.id)).toEqual(before);
    expect((await next.recover()).discardedRows).toBe(0);
  });
});

describe("readers", () => {
  test("keep the state they began with while others write", async () => {
    const file = temporaryFile();
    const c = open(file);
    const run = storedRun(c);
    const other = reader(file);
    other.exec("begin");
    expect(count(other, "questions")).toBe(0);
    await c.questions.insertMany([newQuestion(c, run.id)]);
    expect(count(other, "questions")).toBe(0);
    other.exec("commit");
    expect(count(other, "questions")).toBe(1);
  });
});

describe("a transaction", () => {
  test("writes all or nothing, also inside another", () => {
    const c = open();
    const run = storedRun(c);
    const [one, two, three] = [1, 2, 3].map((number) => newStep(c, run.id, { number }));
    expect(() =>
      c.transaction(() => {
        c.steps.insert(one!);
        throw new Error("changed my mind");
      }),
    ).toThrow("changed my mind");
    const answer = c.transaction(() => {
      c.steps.insert(two!);
      expect(() =>
        c.transaction(() => {
          c.steps.insert(three!);
          throw new Error("the inner one");
        }),
      ).toThrow("the inner one");
      return 42;
    });
    expect(answer).toBe(42);
    expect([one, two, three].map((step) => c.steps.find(step!.id) !== null)).toEqual([false, true, false]);
  });

  test("refuses to wait, and bulk writes refuse to be in one", async () => {
    const c = open();
    const run = storedRun(c);
    const question = newQuestion(c, run.id);
    let bulk: Promise<void> | undefined;
    c.transaction(() => {
      bulk = c.questions.insertMany([question]);
    });
    await expect(bulk).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    expect(c.questions.find(question.id)).toBeNull();
    expect(() => c.transaction(async () => c.runs.setLabels(run.id, {}))).toThrow("promise");
    expect(c.runs.get(run.id).labels).toEqual(run.labels);
  });
});
