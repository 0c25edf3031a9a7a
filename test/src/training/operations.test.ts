import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Policy, PolicyError } from "../../../src/policy/policy.ts";
import type { OperationEvent } from "../../../src/records/records.ts";
import { openArithmeticPolicy } from "../../support/arithmetic-script.ts";
import {
  type ServicesUnderTest,
  smallRun,
  startServices,
  type TestOptions,
} from "../../support/services-under-test.ts";

const open: ServicesUnderTest[] = [];
async function start(options: TestOptions = {}) {
  const tested = await startServices(options);
  open.push(tested);
  return tested;
}
afterEach(async () => {
  for (const tested of open.splice(0)) await tested.remove();
});

/** The toy policy with `generate` replaced. */
function withGenerate(replace: (call: number, original: Policy["generate"]) => Policy["generate"]): Policy {
  const policy = openArithmeticPolicy();
  const original = policy.generate.bind(policy);
  let calls = 0;
  policy.generate = (request) => replace(++calls, original)(request);
  return policy;
}

const withPool = (size: number) => ({ ...smallRun, pool: { ...(smallRun.pool as object), size } });

const until = async (condition: () => boolean) => {
  for (const end = Date.now() + 10_000; !condition(); ) {
    if (Date.now() > end) throw new Error("it did not happen within ten seconds");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};

/** Rows of a run that no finished step or phase accounts for. */
function leftovers({ curriculum }: ServicesUnderTest, iterationId: string): number {
  const steps = new Set(curriculum.steps.ofIteration(iterationId).map(({ phaseId }) => phaseId));
  return curriculum.phases
    .ofIteration(iterationId)
    .filter(({ state, id }) => state !== "completed" && !steps.has(id))
    .flatMap(({ kind }) => curriculum.questions.ofIteration(iterationId).filter(({ phaseKind }) => phaseKind === kind))
    .length;
}

describe("operations", () => {
  test("run one at a time, in order, and say their place in the queue", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ overrides: smallRun });
    const operations = [];
    for (let i = 0; i < 4; i++) operations.push(await services.questions.propose({ run: run.id, count: 50 }));
    expect(operations.map(({ queuePosition }) => queuePosition)).toEqual([0, 1, 2, 3]);
    const ended = [];
    for (const operation of operations) ended.push(await tested.ended(operation));
    for (let i = 1; i < ended.length; i++) {
      expect(Date.parse(ended[i]!.startedAt!)).toBeGreaterThanOrEqual(Date.parse(ended[i - 1]!.finishedAt!));
      expect(ended[i]!.queuePosition).toBeNull();
    }
  });

  test("more than may wait are refused", async () => {
    const { services } = await start({ maxQueued: 2 });
    const run = await services.runs.create({ overrides: smallRun });
    await services.questions.propose({ run: run.id, count: 1 });
    await services.questions.propose({ run: run.id, count: 1 });
    await expect(services.questions.propose({ run: run.id, count: 1 })).rejects.toMatchObject({
      code: "too-many-queued",
    });
  });

  test("a queued one is cancelled at once, with its iterations, and never runs", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ overrides: smallRun });
    const before = await services.questions.propose({ run: run.id, count: 500 });
    const { operation, iterations } = await services.iterations.start({ run: run.id, count: 2 });
    const cancelled = await services.operations.cancel(operation.id);
    expect(cancelled).toMatchObject({ state: "cancelled", startedAt: null, error: null });
    expect(iterations.map(({ id }) => services.iterations.get(id).state)).toEqual(["cancelled", "cancelled"]);
    expect((await tested.ended(before)).state).toBe("completed");
    expect(await services.operations.cancel(before.id)).toMatchObject({ state: "completed" });
    const events = services.operations.events(operation.id, 0, 10).map(({ type }) => type);
    expect(events).toEqual(["operation.queued", "operation.cancelled"]);
  });

  test("a running one ends within a step; finished steps stay, the heads have not moved", async () => {
    const tested = await start();
    const { services, curriculum } = tested;
    const run = await services.runs.create({ overrides: withPool(400) });
    const { operation, iterations } = await services.iterations.start({ run: run.id, count: 2 });
    const [first, second] = iterations.map(({ id }) => id) as [string, string];
    await until(() => curriculum.phases.ofIteration(first).some(({ kind }) => kind === "pool"));
    await services.operations.cancel(operation.id);
    const ended = await tested.ended(operation);
    expect(ended).toMatchObject({ state: "cancelled", error: null });
    expect(services.iterations.get(first)).toMatchObject({ state: "cancelled", error: null, metrics: null });
    expect(services.iterations.get(second)).toMatchObject({ state: "cancelled", startedAt: null });
    expect(curriculum.phases.ofIteration(first).map(({ kind, state }) => [kind, state])).toEqual([
      ["evaluate-base", "completed"],
      ["challenger", "completed"],
      ["pool", "cancelled"],
    ]);
    expect(services.iterations.steps(first)).toHaveLength(2);
    expect(leftovers(tested, first)).toBe(0);
    const now = services.runs.get(run.id);
    expect([now.challengerCheckpointId, now.solverCheckpointId]).toEqual([
      run.challengerCheckpointId,
      run.solverCheckpointId,
    ]);
    const again = await services.iterations.start({ run: run.id });
    expect(again.iterations[0]!.number).toBe(3);
    expect((await tested.ended(again.operation)).state).toBe("completed");
  });

  test("a failure in the middle of a phase is named and leaves no half of it", async () => {
    // Calls: base evaluation 1, 2; challenger step 1: 3, 4; step 2: 5 and its votes 6.
    const policy = withGenerate((call, original) => async (request) => {
      if (call === 6) throw new Error("the disk caught fire");
      return original(request);
    });
    const tested = await start({ policy });
    const { services, curriculum } = tested;
    const run = await services.runs.create({ overrides: smallRun });
    const { operation, iterations } = await services.iterations.start({ run: run.id });
    const ended = await tested.ended(operation);
    const error = { code: "internal", message: "the disk caught fire" };
    expect(ended).toMatchObject({ state: "failed", error });
    const id = iterations[0]!.id;
    expect(services.iterations.get(id)).toMatchObject({ state: "failed", error });
    expect(services.iterations.steps(id).map(({ number }) => number)).toEqual([1]);
    const { promptsPerStep, groupSize } = run.config.challenger;
    expect(curriculum.questions.ofIteration(id)).toHaveLength(promptsPerStep * groupSize);
    expect(services.operations.events(operation.id, 0, 100).at(-1)).toMatchObject({
      type: "operation.failed",
      data: { error },
    });
    expect(tested.logged).toContain("operation iterations failed");
  });

  test("an engine that dies while votes are sampled is asked once more, with the same weights from the disk", async () => {
    let failed = false;
    const policy = openArithmeticPolicy();
    const original = policy.generate.bind(policy);
    policy.generate = async (request) => {
      if (!failed && request.weights !== policy.model.baseWeights) {
        failed = true;
        await policy.release(request.weights);
        throw new PolicyError("engine-crashed", "the engine died");
      }
      return original(request);
    };
    const tested = await start({ policy });
    // The first weights that are not the base's are asked for after the one step of the first phase: in a checkpoint.
    const overrides = { ...smallRun, challenger: { ...(smallRun.challenger as object), steps: 1 } };
    const run = await tested.services.runs.create({ seed: 7, overrides });
    const { operation, iterations } = await tested.services.iterations.start({ run: run.id });
    expect(await tested.ended(operation)).toMatchObject({ state: "completed" });
    expect(failed).toBe(true);
    const undisturbed = await start();
    const other = await undisturbed.services.runs.create({ seed: 7, overrides });
    const reference = await undisturbed.services.iterations.start({ run: other.id });
    await undisturbed.ended(reference.operation);
    const digest = ({ services }: ServicesUnderTest, id: string) =>
      services.checkpoints.get(services.iterations.get(id).solverTo!).digest;
    expect(digest(tested, iterations[0]!.id)).toBe(digest(undisturbed, reference.iterations[0]!.id));
  });

  test("an engine that dies each time fails the operation by name, and the service lives on", async () => {
    const policy = openArithmeticPolicy();
    const original = policy.openTrainer.bind(policy);
    let deaths = 0;
    policy.openTrainer = async (weights) => {
      const trainer = await original(weights);
      if (deaths === 3) return trainer;
      trainer.forwardBackward = async () => {
        throw new PolicyError("engine-crashed", `the engine died, time ${++deaths}`);
      };
      return trainer;
    };
    const tested = await start({ policy });
    const { services } = tested;
    const run = await services.runs.create({ overrides: smallRun });
    const { operation } = await services.iterations.start({ run: run.id });
    expect(await tested.ended(operation)).toMatchObject({
      state: "failed",
      error: { code: "engine-crashed", message: "the engine died, time 3" },
    });
    const again = await services.iterations.start({ run: run.id });
    expect(await tested.ended(again.operation)).toMatchObject({ state: "completed" });
  });

  test("an operation that stops the service each time has failed after eleven times; what waited behind it runs", async () => {
    const stuck = () =>
      withGenerate(
        () =>
          ({ signal }) =>
            new Promise((_, reject) => signal!.addEventListener("abort", reject)),
      );
    const first = await startServices({ policy: stuck() });
    const { directory } = first;
    const run = await first.services.runs.create({ overrides: smallRun });
    const { operation } = await first.services.iterations.start({ run: run.id });
    const behind = await first.services.questions.propose({ run: run.id, count: 3, seed: 5 });
    const runs = ({ services }: ServicesUnderTest) =>
      until(() => services.operations.get(operation.id).state === "running");
    await runs(first);
    await first.stop();
    for (let resumed = 1; resumed <= 10; resumed++) {
      const next = await startServices({ directory, policy: stuck() });
      await runs(next);
      await next.stop();
    }
    const last = await start({ directory });
    expect(last.services.operations.get(operation.id)).toMatchObject({
      state: "failed",
      error: { code: "interrupted", message: "the service stopped 11 times in a row while the operation was running" },
    });
    expect(await last.ended(behind)).toMatchObject({ state: "completed" });
  });

  test("followers get every event once, stored and live, and the end", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ overrides: smallRun });
    const { operation } = await services.iterations.start({ run: run.id });
    const never = new AbortController().signal;
    const collect = async (after: number) => {
      const events: OperationEvent[] = [];
      for await (const event of services.operations.follow(operation.id, after, never)) events.push(event);
      return events;
    };
    const [whole, late] = await Promise.all([collect(0), collect(3)]);
    expect(whole.map(({ sequence }) => sequence)).toEqual(whole.map((_, index) => index + 1));
    expect(whole.at(-1)!.type).toBe("operation.completed");
    expect(late).toEqual(whole.slice(3));
    expect(await collect(0)).toEqual(whole);
    expect(await collect(whole.length)).toEqual([]);
  });

  test("a follower that leaves ends at once", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ overrides: smallRun });
    const { operation } = await services.iterations.start({ run: run.id });
    const leaving = new AbortController();
    let seen = 0;
    for await (const _ of services.operations.follow(operation.id, 0, leaving.signal)) {
      seen++;
      if (seen === 2) leaving.abort();
    }
    expect(seen).toBe(2);
    await services.operations.cancel(operation.id);
  });

  test("waiting ends with the operation or with the time", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ overrides: smallRun });
    const { operation } = await services.iterations.start({ run: run.id });
    const early = await services.operations.wait(operation.id, 0.05);
    expect(early.finishedAt).toBeNull();
    expect((await services.operations.wait(operation.id, 60)).state).toBe("completed");
    await expect(services.operations.wait("op_nowhere", 1)).rejects.toMatchObject({ code: "not-found" });
  });

  test("the event loop is never held for long while an iteration is recorded", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ overrides: withPool(600) });
    const { operation } = await services.iterations.start({ run: run.id });
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    expect((await tested.ended(operation)).state).toBe("completed");
    clearInterval(timer);
    expect(longest).toBeLessThan(500);
  });

  test("a run that works cannot be deleted; afterwards it goes with its folders", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ overrides: smallRun });
    const { operation } = await services.iterations.start({ run: run.id });
    await expect(services.runs.delete(run.id)).rejects.toMatchObject({ code: "conflict" });
    await tested.ended(operation);
    const folders = () => readdirSync(join(tested.directory, "checkpoints")).length;
    expect(folders()).toBeGreaterThan(1);
    await services.runs.delete(run.id);
    expect(folders()).toBe(1);
    expect(() => services.runs.get(run.id)).toThrow(/there is no run/);
  });
});
