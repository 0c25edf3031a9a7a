/**
 * Whatever is asked, in whatever order, and however often the service is killed in between: states change only as the table
 * says, every operation has one end, and iterations end as their operation does.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isEnded, JOB_TRANSITIONS } from "../../../src/curriculum/job-transitions.ts";
import type { EventType, JobState } from "../../../src/records/records.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

const overrides = {
  ...smallRun,
  challenger: { ...(smallRun.challenger as object), steps: 1 },
  solver: { ...(smallRun.solver as object), steps: 1 },
  pool: { ...(smallRun.pool as object), size: 16 },
  evaluation: { ...(smallRun.evaluation as object), questions: 4, samples: 2 },
};

/** Last seen state of each operation and iteration. */
type Seen = Map<string, JobState>;

interface Real {
  tested: ServicesUnderTest;
  run: string;
  readonly folders: string[];
}

/** What one look after another may show: any number of changes happened in between. */
function reachable(from: JobState): ReadonlySet<JobState> {
  const states = new Set<JobState>([from]);
  for (const state of states) for (const next of JOB_TRANSITIONS[state]) states.add(next);
  return states;
}

const TERMINAL: readonly EventType[] = ["operation.completed", "operation.failed", "operation.cancelled"];

function look(seen: Seen, { tested, run }: Real): void {
  const { curriculum } = tested;
  const operations = curriculum.operations.list({ limit: 200, after: null }, { run }).data;
  const iterations = curriculum.iterations.ofRun(run);
  for (const { id, state } of [...operations, ...iterations]) {
    const before = seen.get(id);
    if (before !== undefined) expect(reachable(before), `${id} was ${before} and is ${state}`).toContain(state);
    seen.set(id, state);
  }
  for (const id of seen.keys()) expect([...operations, ...iterations].map((job) => job.id)).toContain(id);
  expect(operations.filter(({ state }) => state === "running").length).toBeLessThanOrEqual(1);
  for (const operation of operations) {
    const types = curriculum.events.after(operation.id, 0, 1000).map(({ type }) => type);
    expect(types[0]).toBe("operation.queued");
    expect(types.filter((type) => type === "operation.started").length).toBeLessThanOrEqual(1);
    const ends = types.filter((type) => TERMINAL.includes(type));
    expect(ends).toEqual(isEnded(operation.state) ? [`operation.${operation.state}`] : []);
    if (ends.length > 0) expect(types.at(-1)).toBe(ends[0]);
    for (const iteration of curriculum.iterations.ofOperation(operation.id)) {
      if (operation.state === "completed") expect(iteration.state).toBe("completed");
      if (isEnded(operation.state)) expect(isEnded(iteration.state)).toBe(true);
    }
  }
}

class Command implements fc.AsyncCommand<Seen, Real> {
  readonly name: string;
  readonly act: (real: Real) => Promise<unknown>;
  constructor(name: string, act: (real: Real) => Promise<unknown>) {
    this.name = name;
    this.act = act;
  }
  check = () => true;
  async run(seen: Seen, real: Real): Promise<void> {
    look(seen, real);
    await this.act(real);
    look(seen, real);
  }
  toString = () => this.name;
}

const isConflict = (error: unknown) => expect(error).toMatchObject({ code: "conflict" });

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What a killed process leaves: the files as they are between two of its writes. It itself is stopped on the original. */
async function kill(real: Real): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), "rzero-killed-"));
  real.folders.push(copy);
  cpSync(real.tested.directory, copy, { recursive: true });
  await real.tested.stop();
  real.tested = await startServices({ directory: copy });
}

async function restart(real: Real): Promise<void> {
  const { directory } = real.tested;
  await real.tested.stop();
  real.tested = await startServices({ directory });
}

const commands = [
  fc
    .integer({ min: 1, max: 3 })
    .map(
      (count) =>
        new Command(`propose ${count}`, ({ tested, run }) =>
          tested.services.questions.propose({ run, count, seed: count }),
        ),
    ),
  fc
    .integer({ min: 1, max: 2 })
    .map(
      (count) => new Command(`iterate ${count}`, ({ tested, run }) => tested.services.iterations.start({ run, count })),
    ),
  fc.nat({ max: 5 }).map(
    (which) =>
      new Command(`cancel ${which}`, async ({ tested, run }) => {
        const { data } = tested.curriculum.operations.list({ limit: 200, after: null }, { run });
        if (data.length > 0) tested.services.operations.cancel(data[which % data.length]!.id);
      }),
  ),
  ...(["pause", "resume"] as const).map((order) =>
    fc.nat({ max: 5 }).map(
      (which) =>
        new Command(`${order} ${which}`, async ({ tested, run }) => {
          const { data } = tested.curriculum.operations.list({ limit: 200, after: null }, { run });
          if (data.length === 0) return;
          const { id, state } = data[which % data.length]!;
          const possible = order === "pause" ? !isEnded(state) : state === "paused";
          const ordered = (async () => tested.services.operations[order](id))();
          if (possible) await ordered;
          // A running one may be pausing, and then there is something to take back.
          else if (order === "resume" && state === "running") await ordered.catch(isConflict);
          else await expect(ordered).rejects.toMatchObject({ code: "conflict" });
        }),
    ),
  ),
  fc
    .integer({ min: 0, max: 150 })
    .map((milliseconds) => new Command(`wait ${milliseconds} ms`, () => pause(milliseconds))),
  fc.constant(new Command("kill", kill)),
  fc.constant(new Command("restart", restart)),
];

test("states change as the table says, under random requests, cancellations, pauses, restarts and kills", async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 14 }), async (given) => {
      const tested = await startServices();
      const real: Real = { tested, run: "", folders: [tested.directory] };
      try {
        real.run = (await tested.services.runs.create({ seed: 3, overrides })).id;
        const seen: Seen = new Map();
        await fc.asyncModelRun(() => ({ model: seen, real }), given);
        const { services, curriculum, running } = real.tested;
        for (const { id, state } of curriculum.operations.unfinished()) {
          if (state === "paused") services.operations.resume(id);
        }
        await running.idle();
        look(seen, real);
        for (const [id, state] of seen) expect(isEnded(state), `${id} is ${state} at the end`).toBe(true);
        const { danglingReferences, damage } = real.tested.curriculum.integrity();
        expect([...danglingReferences, ...damage]).toEqual([]);
      } finally {
        await real.tested.stop();
        for (const folder of real.folders) rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 25, seed: 20261125, endOnFailure: true },
  );
}, 240_000);
