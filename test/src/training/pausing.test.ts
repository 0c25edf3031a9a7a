/** Whoever pauses an operation gets the device, not another result. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { Operation } from "../../../src/records/records.ts";
import { outcome, watched } from "../../support/run-outcome.ts";
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

const seed = 7;
const typesOf = ({ services }: ServicesUnderTest, { id }: Operation) =>
  services.operations.events(id, 0, 1000).flatMap(({ type }) => (type === "progress" ? [] : [type]));

/** Services whose engine says when it was asked so often since `allow`. */
function counting() {
  let left = 0;
  let reached: () => void = () => undefined;
  return {
    policy: () =>
      watched(() => {
        if (left-- === 0) reached();
      }),
    allow: (calls: number) =>
      new Promise<void>((resolve) => {
        left = calls;
        reached = resolve;
      }),
  };
}

test("a run that is paused again and again, across restarts too, ends as one that never was", async () => {
  const undisturbed = await start();
  const other = await undisturbed.services.runs.create({ seed, overrides: smallRun });
  const reference = await undisturbed.services.iterations.start({ run: other.id, count: 2 });
  const expected = await outcome(undisturbed, reference.operation);

  const engine = counting();
  let tested = await startServices({ policy: engine.policy() });
  const { directory } = tested;
  const run = await tested.services.runs.create({ seed, overrides: smallRun });
  let reached = engine.allow(0);
  const { operation, iterations } = await tested.services.iterations.start({ run: run.id, count: 2 });
  let pauses = 0;
  for (let round = 0; ; round++) {
    await Promise.race([reached, tested.running.idle()]);
    if (tested.services.operations.get(operation.id).finishedAt !== null) break;
    const paused = await tested.services.operations.pause(operation.id);
    if (paused.finishedAt !== null) break;
    expect(paused).toMatchObject({ state: "paused", queuePosition: null });
    const working = iterations.map(({ id }) => tested.services.iterations.get(id).state);
    expect(working.filter((state) => state === "running")).toEqual([]);
    pauses++;
    if (round % 3 === 2) {
      await tested.stop();
      tested = await startServices({ directory, policy: engine.policy() });
      await tested.running.idle();
      expect(tested.services.operations.get(operation.id)).toMatchObject({ state: "paused" });
    }
    reached = engine.allow(1 + 2 * (round % 6));
    tested.services.operations.resume(operation.id);
  }
  open.push(tested);
  expect(pauses).toBeGreaterThan(5);
  expect(await outcome(tested, operation)).toEqual(expected);
  expect(typesOf(tested, operation).filter((type) => type === "operation.paused")).toHaveLength(pauses);
});

describe("a paused operation", () => {
  test("leaves the queue to other runs; those of its own run wait behind it, also across a restart", async () => {
    const engine = counting();
    const first = await startServices({ policy: engine.policy() });
    const { services, directory } = first;
    const [own, other] = await Promise.all([0, 1].map(() => services.runs.create({ seed, overrides: smallRun })));
    const reached = engine.allow(3);
    const { operation } = await services.iterations.start({ run: own!.id });
    await reached;
    const behind = await services.questions.propose({ run: own!.id, count: 2 });
    expect(await services.operations.pause(operation.id)).toMatchObject({ state: "paused" });
    const elsewhere = await services.questions.propose({ run: other!.id, count: 2 });
    expect(await first.ended(elsewhere)).toMatchObject({ state: "completed" });
    await expect(services.runs.delete(own!.id)).rejects.toMatchObject({ code: "conflict" });
    expect(services.health.queue()).toEqual({ queued: 1, running: 0, paused: 1 });
    await first.stop();
    const second = await start({ directory });
    await second.running.idle();
    expect(second.services.operations.get(behind.id)).toMatchObject({ state: "queued", startedAt: null });
    second.services.operations.resume(operation.id);
    expect(await second.ended(behind)).toMatchObject({ state: "completed" });
    expect(second.services.operations.get(operation.id)).toMatchObject({ state: "completed" });
  });

  test("is cancelled at once, and what waited behind it runs", async () => {
    const engine = counting();
    const tested = await start({ policy: engine.policy() });
    const { services, curriculum } = tested;
    const run = await services.runs.create({ seed, overrides: smallRun });
    const reached = engine.allow(5);
    const { operation, iterations } = await services.iterations.start({ run: run.id, count: 2 });
    await reached;
    await services.operations.pause(operation.id);
    const behind = await services.questions.propose({ run: run.id, count: 2 });
    expect(await services.operations.cancel(operation.id)).toMatchObject({ state: "cancelled" });
    expect(iterations.map(({ id }) => services.iterations.get(id).state)).toEqual(["cancelled", "cancelled"]);
    const phases = curriculum.phases.ofIteration(iterations[0]!.id);
    expect(phases.map(({ state }) => state)).toContain("cancelled");
    expect(phases.map(({ state }) => state)).not.toContain("running");
    expect(await tested.ended(behind)).toMatchObject({ state: "completed" });
  });

  test("is taken back to where it was, however often it was paused before it began", async () => {
    const engine = counting();
    const tested = await start({ policy: engine.policy() });
    const { services, curriculum } = tested;
    const run = await services.runs.create({ seed, overrides: smallRun });
    const before = await services.questions.propose({ run: run.id, count: 50 });
    const { operation, iterations } = await services.iterations.start({ run: run.id });
    for (let time = 0; time < 6; time++) {
      await services.operations.pause(operation.id);
      services.operations.resume(operation.id);
    }
    await tested.ended(before);
    const { id } = iterations[0]!;
    while (curriculum.questions.ofIteration(id).length === 0) await new Promise(setImmediate);
    await services.operations.pause(operation.id);
    const whole = curriculum.steps.ofIteration(id).length;
    const { promptsPerStep, groupSize } = run.config.challenger;
    expect(curriculum.questions.ofIteration(id)).toHaveLength(whole * promptsPerStep * groupSize);
  });

  test("that never began begins when it is resumed", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ seed, overrides: smallRun });
    const before = await services.questions.propose({ run: run.id, count: 200 });
    const operation = await services.questions.propose({ run: run.id, count: 2 });
    expect(await services.operations.pause(operation.id)).toMatchObject({ state: "paused", startedAt: null });
    expect(await services.operations.pause(operation.id)).toMatchObject({ state: "paused" });
    await tested.ended(before);
    await tested.running.idle();
    expect(services.operations.resume(operation.id)).toMatchObject({ state: "queued", queuePosition: 0 });
    await tested.ended(operation);
    expect(typesOf(tested, operation)).toEqual([
      "operation.queued",
      "operation.paused",
      "operation.queued",
      "operation.started",
      "operation.completed",
    ]);
  });
});

describe("the last word counts", () => {
  async function working() {
    const engine = counting();
    const tested = await start({ policy: engine.policy() });
    const run = await tested.services.runs.create({ seed, overrides: smallRun });
    const reached = engine.allow(4);
    const { operation } = await tested.services.iterations.start({ run: run.id });
    await reached;
    return { tested, operation, operations: tested.services.operations };
  }

  test("cancelled while it is being paused: cancelled", async () => {
    const { tested, operation, operations } = await working();
    const pausing = operations.pause(operation.id);
    await operations.cancel(operation.id);
    expect(await pausing).toMatchObject({ state: "cancelled" });
    expect(typesOf(tested, operation)).not.toContain("operation.paused");
  });

  test("resumed while it is being paused: it goes on", async () => {
    const { tested, operation, operations } = await working();
    void operations.pause(operation.id);
    operations.resume(operation.id);
    expect(await tested.ended(operation)).toMatchObject({ state: "completed" });
    expect(typesOf(tested, operation)).not.toContain("operation.paused");
  });

  test("shut down while it is being paused: paused", async () => {
    const { tested, operation, operations } = await working();
    void operations.pause(operation.id);
    await tested.stop();
    open.splice(open.indexOf(tested), 1);
    const again = await start({ directory: tested.directory });
    await sleep(20);
    expect(again.services.operations.get(operation.id)).toMatchObject({ state: "paused" });
  });

  test("and what cannot be is refused", async () => {
    const { tested, operation, operations } = await working();
    expect(() => operations.resume(operation.id)).toThrow(/is running, not paused/);
    expect((await tested.ended(operation)).state).toBe("completed");
    expect(() => operations.resume(operation.id)).toThrow(expect.objectContaining({ code: "conflict" }));
    await expect(operations.pause(operation.id)).rejects.toMatchObject({ code: "conflict" });
    await expect(operations.pause("op_nowhere")).rejects.toMatchObject({ code: "not-found" });
  });
});
