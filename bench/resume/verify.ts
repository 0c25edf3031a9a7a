/**
 * Kill any process at any instant, start again, and the run ends as if nothing had happened: one run undisturbed, and the same
 * run while the service or its device is killed at random instants. The killed run is repeated until all kills are spent.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openCurriculum } from "../../src/curriculum/curriculum.ts";
import type { Integrity } from "../../src/curriculum/integrity.ts";
import { deriveSeed, seededRandom } from "../../src/rzero/seeds.ts";
import { KilledService, type Victim } from "./killed-service.ts";
import { differences, type Outcome, outcomeOf, strayCheckpoints } from "./outcome.ts";

export interface VerifyOptions {
  readonly kills: number;
  /** Of the instants and the victims. */
  readonly seed: number;
  readonly iterations: number;
  readonly modelsDirectory: string;
  readonly threads: number;
  readonly onLine: (line: string) => void;
}

export interface Kill {
  readonly victim: Victim;
  /** Milliseconds after the kill before it, or after the start. */
  readonly after: number;
  /** Phase and step it met, as far as the service had said. */
  readonly during: string;
}

export interface Verification {
  readonly seed: number;
  readonly kills: readonly Kill[];
  /** Runs that the kills were spread over. */
  readonly runs: number;
  readonly undisturbedSeconds: number;
  /** What was lost or differs; empty where the promise held. */
  readonly lost: readonly string[];
  readonly weights: readonly string[];
  readonly seconds: number;
}

/** Milliseconds between two kills: from within the start of a process to well into the run. */
const BETWEEN = { min: 50, max: 6000 };

const sampling = { maxTokens: 64 };
/** Some seconds an iteration; every phase trains, keeps and votes. */
const overrides = {
  challenger: { steps: 3, promptsPerStep: 8, groupSize: 4, sampling },
  solver: { steps: 4, promptsPerStep: 8, groupSize: 5, sampling },
  votes: { samples: 9, sampling },
  pool: { size: 96, sampling },
  evaluation: { questions: 32, samples: 4, sampling },
};
const RUN_SEED = 1;

interface Finished {
  readonly outcome: Outcome;
  readonly integrity: Integrity;
  readonly stray: readonly string[];
}

export async function verifyResume(options: VerifyOptions): Promise<Verification> {
  const started = performance.now();
  const reference = await inFolder(async (data) => {
    const service = new KilledService({ ...options, data });
    const operation = await startRun(service, options.iterations);
    while (!(await hasEnded(service, operation))) await sleep(100);
    await service.stop();
    return finished(data, operation);
  });
  const undisturbedSeconds = (performance.now() - started) / 1000;
  options.onLine(`undisturbed: ${undisturbedSeconds.toFixed(0)} s, Solver ${reference.outcome.heads[1]}`);

  const kills: Kill[] = [];
  const lost: string[] = [...problems(reference)];
  let runs = 0;
  while (kills.length < options.kills) {
    const random = seededRandom(
      deriveSeed({ run: options.seed, iteration: runs, phase: "kills", step: 0, prompt: 0, sample: 0 }),
    );
    const run = ++runs;
    const found = await inFolder(async (data) => {
      const service = new KilledService({ ...options, data });
      const operation = await startRun(service, options.iterations);
      const left = options.kills - kills.length;
      const killed = await killAtRandom(service, operation, left, random, (kill) => {
        kills.push(kill);
        options.onLine(`run ${run}, kill ${kills.length}: ${kill.victim} after ${kill.after} ms, ${kill.during}`);
      });
      await service.stop();
      return { ...finished(data, operation), killed };
    });
    lost.push(
      ...differences(reference.outcome, found.outcome).map((difference) => `run ${run}: ${difference}`),
      ...problems(found).map((problem) => `run ${run}: ${problem}`),
      ...rowsThatDiffer(reference.integrity, found.integrity).map((rows) => `run ${run}: ${rows}`),
    );
    options.onLine(`run ${run} ended after ${found.killed} kills, Solver ${found.outcome.heads[1]}`);
  }
  const { weights } = reference.outcome;
  const seconds = (performance.now() - started) / 1000;
  return { seed: options.seed, kills, runs, undisturbedSeconds, lost, weights, seconds };
}

/**
 * Kills until the run has ended or `left` are spent, then waits for its end. Returns how many were made. An engine that dies
 * three times in one step fails the operation, as it should: the third time it is the service that dies.
 */
async function killAtRandom(
  service: KilledService,
  operation: string,
  left: number,
  random: () => number,
  onKill: (kill: Kill) => void,
): Promise<number> {
  let made = 0;
  let devices = { during: "", count: 0 };
  while (made < left) {
    const after = Math.round(BETWEEN.min + random() * (BETWEEN.max - BETWEEN.min));
    const drawn: Victim = random() < 0.5 ? "service" : "device";
    await sleep(after);
    const seen = await service.ask<OperationView>(`/v1/operations/${operation}`);
    if (seen !== null && seen.finishedAt !== null) return made;
    const { phase = null, step = null } = seen?.progress ?? {};
    const during =
      seen === null ? "while it starts" : `in ${phase ?? "no phase"}${step === null ? "" : ` step ${step}`}`;
    if (devices.during !== during) devices = { during, count: 0 };
    const victim: Victim = devices.count === 2 ? "service" : drawn;
    if (!(await service.kill(victim))) continue;
    devices = { during, count: victim === "device" ? devices.count + 1 : 0 };
    made++;
    onKill({ victim, after, during });
  }
  while (!(await hasEnded(service, operation))) await sleep(100);
  return made;
}

interface OperationView {
  readonly finishedAt: string | null;
  readonly progress: { readonly phase: string | null; readonly step: number | null } | null;
}

async function startRun(service: KilledService, count: number): Promise<string> {
  const post = (body: unknown) => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await service.start();
  const run = await service.get<{ id: string }>("/v1/runs", post({ seed: RUN_SEED, overrides }));
  const started = await service.get<{ operation: { id: string } }>("/v1/iterations", post({ run: run.id, count }));
  return started.operation.id;
}

async function hasEnded(service: KilledService, operation: string): Promise<boolean> {
  return (await service.get<OperationView>(`/v1/operations/${operation}`)).finishedAt !== null;
}

function finished(data: string, operation: string): Finished {
  const curriculum = openCurriculum({ file: join(data, "rzero.sqlite"), now: Date.now, random: Math.random });
  try {
    return {
      outcome: outcomeOf(curriculum, operation),
      integrity: curriculum.integrity(),
      stray: strayCheckpoints(curriculum, data),
    };
  } finally {
    curriculum.close();
  }
}

const problems = ({ outcome, integrity, stray }: Finished): readonly string[] => [
  ...(outcome.state === "completed" ? [] : [`the operation is ${outcome.state}`]),
  ...(outcome.eventsOutOfOrder === 0 ? [] : [`${outcome.eventsOutOfOrder} events are out of order`]),
  ...integrity.danglingReferences,
  ...integrity.damage,
  ...stray.map((name) => `${name} is a checkpoint's row or folder without the other`),
];

/** How often progress was told, and how often it went on, depends on time; every other table does not. */
function rowsThatDiffer(expected: Integrity, found: Integrity): readonly string[] {
  return Object.entries(expected.rows)
    .filter(([table, rows]) => table !== "events" && found.rows[table] !== rows)
    .map(([table, rows]) => `${table} has ${found.rows[table]} rows instead of ${rows}`);
}

async function inFolder<T>(work: (data: string) => Promise<T>): Promise<T> {
  const data = await mkdtemp(join(tmpdir(), "rzero-resume-"));
  try {
    return await work(data);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
