import { describe, expect, test } from "vitest";
import { JOB_TRANSITIONS } from "../../../src/curriculum/job-transitions.ts";
import type { JobState } from "../../../src/records/records.ts";
import { AT, LATER, newIteration, newOperation, newPhase, storedRun } from "./records-of-a-run.ts";
import { open, temporaryFile } from "./temporary-curriculum.ts";

const STATES = Object.keys(JOB_TRANSITIONS) as JobState[];
const failure = { code: "internal", message: "broken" };
const ended = (state: JobState) => ["completed", "failed", "cancelled"].includes(state);
const inState = (state: JobState) => ({
  state,
  finishedAt: ended(state) ? AT : null,
  error: state === "failed" ? failure : null,
});

describe("states", () => {
  const allowed = new Set([
    "queued>running",
    "queued>paused",
    "queued>failed",
    "queued>cancelled",
    "running>queued",
    "running>paused",
    "running>completed",
    "running>failed",
    "running>cancelled",
    "paused>queued",
    "paused>cancelled",
  ]);
  const pairs = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

  test.each(pairs)("from %s to %s", (from, to) => {
    const c = open();
    const run = storedRun(c);
    const operation = c.operations.insert(newOperation(c, run.id, inState(from)));
    const moves: (() => { readonly state: JobState })[] = [
      () => c.operations.setState(operation.id, to, LATER, to === "failed" ? { error: failure } : {}),
    ];
    // Only operations are paused; what is in them follows.
    if (from !== "paused" && to !== "paused") {
      const iteration = newIteration(c, run.id, operation.id, inState(from));
      c.iterations.insert(iteration);
      const { error: _, ...phaseState } = inState(from);
      const phase = newPhase(c, iteration.id, phaseState);
      c.phases.insert(phase);
      moves.push(
        () => c.iterations.setState(iteration.id, to, LATER, to === "failed" ? failure : undefined),
        () => c.phases.setState(phase.id, to, LATER),
      );
    }
    for (const move of moves) {
      if (allowed.has(`${from}>${to}`)) {
        expect(move()).toMatchObject({ state: to, finishedAt: ended(to) ? LATER : null });
      } else {
        expect(move).toThrow(expect.objectContaining({ code: "invalid-transition", value: { from, to } }));
      }
    }
    const state = allowed.has(`${from}>${to}`) ? to : from;
    expect(c.operations.get(operation.id).state).toBe(state);
    for (const iteration of c.iterations.ofOperation(operation.id)) expect(iteration.state).toBe(state);
  });

  test("what runs in an operation is paused while that is, and what waits or has ended is as it was", () => {
    const c = open();
    const run = storedRun(c);
    const operation = c.operations.insert(newOperation(c, run.id, { state: "running" }));
    const ids = (["completed", "running", "queued"] as const).map((state, index) => {
      const iteration = newIteration(c, run.id, operation.id, { ...inState(state), number: index + 1 });
      c.iterations.insert(iteration);
      return iteration.id;
    });
    const states = () => ids.map((id) => c.iterations.get(id).state);
    c.operations.setState(operation.id, "paused", LATER);
    expect(states()).toEqual(["completed", "paused", "queued"]);
    expect(c.iterations.list({ limit: 10, after: null }, {}).data.map(({ state }) => state)).toContain("paused");
    c.operations.setState(operation.id, "queued", LATER);
    expect(states()).toEqual(["completed", "running", "queued"]);
    c.operations.setState(operation.id, "paused", LATER);
    expect(c.iterations.setState(ids[1]!, "cancelled", LATER).state).toBe("cancelled");
  });

  test("startedAt is the first start, also after a resume", () => {
    const c = open();
    const { id } = c.operations.insert(newOperation(c, null));
    c.operations.setState(id, "running", AT);
    c.operations.setState(id, "queued", LATER);
    expect(c.operations.setState(id, "running", LATER).startedAt).toBe(AT);
    const done = c.operations.setState(id, "completed", LATER, { result: { questions: ["q_1"] } });
    expect(done).toMatchObject({ startedAt: AT, finishedAt: LATER, result: { questions: ["q_1"] }, error: null });
  });

  test("an unknown operation is not found", () => {
    const c = open();
    expect(() => c.operations.setState("op_x", "running", AT)).toThrow(expect.objectContaining({ code: "not-found" }));
    const progress = {
      iteration: 1,
      iterations: 2,
      phase: "pool",
      step: 1,
      steps: 5,
      fraction: 0.25,
      secondsLeft: null,
      reward: 0.5,
      tokensPerSecond: 100,
    } as const;
    expect(() => c.operations.setProgress("op_x", progress)).toThrow(expect.objectContaining({ code: "not-found" }));
    const { id } = c.operations.insert(newOperation(c, null));
    c.operations.setProgress(id, progress);
    c.operations.setResources(id, ["iter_1"]);
    expect(c.operations.get(id)).toMatchObject({ progress, resources: ["iter_1"] });
  });
});

describe("the queue", () => {
  test("is first come, first served, behind what runs", () => {
    const c = open();
    const [a, b, d] = [1, 2, 3].map(() => c.operations.insert(newOperation(c, null)));
    const positions = () => [a, b, d].map((operation) => c.operations.get(operation!.id).queuePosition);
    expect(positions()).toEqual([0, 1, 2]);
    expect(c.operations.next("device")?.id).toBe(a!.id);
    c.operations.setState(b!.id, "running", AT);
    expect(positions()).toEqual([1, 0, 2]);
    expect(c.operations.unfinished().map((operation) => operation.id)).toEqual([b!.id, a!.id, d!.id]);
    expect(c.operations.counts()).toEqual({ queued: 2, running: 1, paused: 0 });
    c.operations.setState(a!.id, "cancelled", AT);
    expect(positions()).toEqual([null, 0, 1]);
    c.operations.setState(b!.id, "completed", AT);
    expect(positions()).toEqual([null, null, 0]);
    c.operations.setState(d!.id, "failed", AT, { error: failure });
    expect(c.operations.next("device")).toBeNull();
    expect(c.operations.unfinished()).toEqual([]);
    expect(c.operations.counts()).toEqual({ queued: 0, running: 0, paused: 0 });
  });

  test("has a lane for copies; a run's operations wait behind its paused one, evaluations and other runs do not", () => {
    const c = open();
    const [one, other] = [storedRun(c), storedRun(c)];
    const paused = c.operations.insert(newOperation(c, one.id, { state: "paused" }));
    const behind = c.operations.insert(newOperation(c, one.id));
    const evaluation = c.operations.insert(newOperation(c, one.id, { kind: "evaluations" }));
    const elsewhere = c.operations.insert(newOperation(c, other.id));
    const copy = c.operations.insert(newOperation(c, null, { kind: "backup" }));
    expect(c.operations.get(copy.id).queuePosition).toBe(0);
    expect(c.operations.next("disk")?.id).toBe(copy.id);
    const order: string[] = [];
    for (let next = c.operations.next("device"); next !== null; next = c.operations.next("device")) {
      order.push(next.id);
      c.operations.setState(next.id, "running", AT);
      c.operations.setState(next.id, "completed", AT);
    }
    expect(order).toEqual([evaluation.id, elsewhere.id]);
    expect(c.operations.unfinished("device").map(({ id }) => id)).toEqual([paused.id, behind.id]);
    c.operations.setState(paused.id, "cancelled", AT);
    expect(c.operations.next("device")?.id).toBe(behind.id);
  });

  test("survives the process", () => {
    const file = temporaryFile();
    const before = open(file);
    const running = before.operations.insert(newOperation(before, null));
    before.operations.setState(running.id, "running", AT);
    const queued = before.operations.insert(newOperation(before, null));
    before.close();
    expect(
      open(file)
        .operations.unfinished()
        .map(({ id, state }) => [id, state]),
    ).toEqual([
      [running.id, "running"],
      [queued.id, "queued"],
    ]);
  });
});

test("events are numbered 1, 2, ... within their operation, whichever connection appends", () => {
  const file = temporaryFile();
  const [one, two] = [open(file), open(file)];
  const ids = [1, 2].map(() => one.operations.insert(newOperation(one, null)).id);
  for (let i = 1; i <= 6; i += 1) {
    const operationId = ids[i % 2]!;
    const event = { operationId, type: "progress", data: { i, deep: [{ x: null }] }, createdAt: AT } as const;
    expect((i % 3 ? one : two).events.append(event)).toEqual({ ...event, sequence: Math.ceil(i / 2) });
  }
  expect(one.events.after(ids[1]!, 1, 10).map(({ sequence, data }) => [sequence, data.i])).toEqual([
    [2, 3],
    [3, 5],
  ]);
  expect(two.events.after(ids[0]!, 0, 2).map((event) => event.sequence)).toEqual([1, 2]);
  expect(two.events.after(ids[0]!, 3, 2)).toEqual([]);
});
