/** The rule about keeping checkpoints takes files, and nothing that anybody still stands on. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Checkpoint } from "../../../src/records/records.ts";
import { FolderRemoval } from "../../../src/training/folder-removal.ts";
import { type KeepCheckpoints, prunable } from "../../../src/training/retention.ts";
import { outcome } from "../../support/run-outcome.ts";
import {
  type ServicesUnderTest,
  smallRun,
  startServices,
  type TestOptions,
} from "../../support/services-under-test.ts";
import {
  baseCheckpoint,
  newBenchmarkEvaluation,
  newIteration,
  newOperation,
  storedRun,
} from "../curriculum/records-of-a-run.ts";

const open: ServicesUnderTest[] = [];
async function start(options: TestOptions = {}) {
  const tested = await startServices(options);
  open.push(tested);
  return tested;
}
afterEach(async () => {
  for (const tested of open.splice(0)) await tested.remove();
});

const seed = 7;
const filesIn = ({ directory }: ServicesUnderTest) => readdirSync(join(directory, "checkpoints")).sort();

async function iterated(tested: ServicesUnderTest, count: number) {
  const { services } = tested;
  const run = await services.runs.create({ seed, overrides: smallRun });
  const { operation, iterations } = await services.iterations.start({ run: run.id, count });
  await tested.ended(operation);
  return {
    run: services.runs.get(run.id),
    operation,
    iterations: iterations.map(({ id }) => services.iterations.get(id)),
  };
}

test("whatever is pinned, in use or among the latest stays; nothing else does", () => {
  const rows = fc.array(
    fc.record({
      role: fc.constantFrom("challenger", "solver", "base"),
      pinned: fc.boolean(),
      used: fc.boolean(),
      pruned: fc.boolean(),
    }),
  );
  const rule = fc.oneof(fc.constantFrom<KeepCheckpoints>("all", "best"), fc.integer({ min: 1, max: 5 }));
  fc.assert(
    fc.property(rows, rule, (given, keep) => {
      const checkpoints = given.map(
        ({ role, pinned, pruned }, index) =>
          ({ id: `c${index}`, role, pinned, prunedAt: pruned ? "before" : null }) as Checkpoint,
      );
      const inUse = new Set(checkpoints.filter((_, index) => given[index]!.used).map(({ id }) => id));
      const going = prunable(checkpoints, keep, inUse);
      if (keep === "all") expect(going).toEqual([]);
      const latest = keep === "all" ? Number.POSITIVE_INFINITY : keep === "best" ? 1 : keep;
      for (const checkpoint of checkpoints) {
        const own = checkpoints.filter(({ role, prunedAt }) => role === checkpoint.role && prunedAt === null);
        const stays =
          checkpoint.role === "base" ||
          checkpoint.prunedAt !== null ||
          checkpoint.pinned ||
          inUse.has(checkpoint.id) ||
          own.indexOf(checkpoint) < latest;
        expect(going.includes(checkpoint)).toBe(!stays);
      }
    }),
  );
});

describe("a run of four iterations", () => {
  test("keeps the best and the latest, every row, and makes what it makes without the rule", async () => {
    const [pruning, keeping] = [await start({ keepCheckpoints: "best" }), await start()];
    const [pruned, whole] = [await iterated(pruning, 4), await iterated(keeping, 4)];
    const { checkpoints: few, ...made } = await outcome(pruning, pruned.operation);
    const { checkpoints: all, ...expected } = await outcome(keeping, whole.operation);
    expect(made).toEqual(expected);
    expect(all).toBe(9);
    expect(few).toBeLessThanOrEqual(4);
    const { services } = pruning;
    const rows = services.checkpoints.list({ limit: 100, after: null }, {}).data;
    expect(rows).toHaveLength(9);
    expect(filesIn(pruning)).toEqual(rows.flatMap(({ id, prunedAt }) => (prunedAt === null ? [id] : [])).sort());
    const { bestCheckpointId, solverCheckpointId, challengerCheckpointId } = pruned.run;
    for (const id of [bestCheckpointId!, solverCheckpointId, challengerCheckpointId]) {
      expect(services.checkpoints.get(id).prunedAt).toBeNull();
    }
    const digests = ({ iterations }: typeof pruned, tested: ServicesUnderTest) =>
      iterations.map(({ solverTo }) => tested.services.checkpoints.get(solverTo!).digest);
    expect(digests(pruned, pruning)).toEqual(digests(whole, keeping));
  });

  test("says of a pruned checkpoint that its weights are gone, wherever they are asked for; a pinned one stays", async () => {
    const tested = await start();
    const { iterations, run } = await iterated(tested, 4);
    const [first, second] = iterations.map(({ challengerTo }) => challengerTo!);
    expect(tested.services.checkpoints.update(first!, { pinned: true })).toMatchObject({ pinned: true });
    await expect(tested.services.checkpoints.delete(first!)).rejects.toMatchObject({ code: "conflict" });
    open.pop();
    await tested.stop();

    const { services, directory } = await start({ directory: tested.directory, keepCheckpoints: 2 });
    expect(existsSync(join(directory, "checkpoints", first!))).toBe(true);
    expect(existsSync(join(directory, "checkpoints", second!))).toBe(false);
    expect(services.checkpoints.get(second!)).toMatchObject({ prunedAt: expect.any(String), pinned: false });
    const gone = { code: "pruned", message: expect.stringContaining(`${second} were pruned at`) };
    expect(() => services.checkpoints.download(second!)).toThrow(expect.objectContaining(gone));
    expect(() => services.checkpoints.update(second!, { pinned: true })).toThrow(expect.objectContaining(gone));
    expect(() => services.models.get(second!)).toThrow(expect.objectContaining(gone));
    await expect(services.evaluations.start({ benchmarks: ["arithmetic"], model: second! })).rejects.toMatchObject(
      gone,
    );
    const listed = services.models.list().map(({ id }) => id);
    expect(listed).toContain(first);
    expect(listed).not.toContain(second);
    await services.checkpoints.delete(second!);
    await services.runs.delete(run.id);
    expect(filesIn(tested)).toHaveLength(1);
  });
});

test("files that a crash left of a pruned checkpoint go at the next start", async () => {
  const tested = await start({ keepCheckpoints: "best" });
  const { iterations } = await iterated(tested, 2);
  const [pruned] = iterations.map(({ challengerTo }) => challengerTo!);
  expect(tested.services.checkpoints.get(pruned!).prunedAt).not.toBeNull();
  open.pop();
  await tested.stop();
  mkdirSync(join(tested.directory, "checkpoints", pruned!));
  await start({ directory: tested.directory });
  expect(filesIn(tested)).not.toContain(pruned);
});

test("what an unfinished iteration or evaluation needs is in use, and what any run stands on", async () => {
  const { curriculum: c } = await start();
  const run = storedRun(c);
  const make = (change: Partial<Checkpoint> = {}) => {
    const checkpoint = baseCheckpoint(c, { runId: run.id, role: "solver", ...change });
    c.checkpoints.insert(checkpoint);
    return checkpoint.id;
  };
  const [best, head, from, idle] = [make(), make(), make(), make()];
  c.runs.setJudgement(run.id, { bestCheckpointId: best, stopReason: null });
  c.runs.setCheckpoint(storedRun(c).id, "solver", head);
  const operation = c.operations.insert(newOperation(c, run.id, { state: "paused" }));
  const iteration = newIteration(c, run.id, operation.id, { state: "running", solverFrom: from });
  c.iterations.insert(iteration);
  const made = make({ iterationId: iteration.id });
  const judged = make({ digest: `sha256:${"e".repeat(64)}` });
  const weights = c.checkpoints.get(judged).digest;
  const evaluation = newBenchmarkEvaluation(c, operation.id, { weights, state: "running" });
  c.benchmarkEvaluations.insert(evaluation);
  expect(c.checkpoints.inUse(run.id)).toEqual(new Set([best, head, from, made, judged]));
  c.iterations.setState(iteration.id, "cancelled", new Date().toISOString());
  c.benchmarkEvaluations.setState(evaluation.id, "cancelled", new Date().toISOString());
  expect(c.checkpoints.inUse(run.id)).toEqual(new Set([best, head]));
  expect(c.checkpoints.ofRun(run.id).map(({ id }) => id)).toEqual([judged, made, idle, from, head, best]);
});

test("folders wait with their removal for whoever holds them, the last of several", async () => {
  const { directory } = await start();
  const removal = new FolderRemoval(directory);
  mkdirSync(join(directory, "checkpoints", "one"), { recursive: true });
  const exists = () => existsSync(join(directory, "checkpoints", "one"));
  const [first, second] = [removal.hold(), removal.hold()];
  await removal.remove(["checkpoints/one", ""]);
  await first();
  expect(exists()).toBe(true);
  await second();
  expect(exists()).toBe(false);
  expect(existsSync(directory)).toBe(true);
});
