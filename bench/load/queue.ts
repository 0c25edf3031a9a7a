/** A full queue behind a run that trains, and a follower wherever one may stand: does every operation end, is every event told? */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Latencies } from "../speed/paced-requests.ts";
import { eventually, statusOf } from "../speed/requests.ts";
import { type ServiceOptions, startService } from "../speed/service-process.ts";
import { follow, read } from "./clients.ts";
import { ask, bodyOf, jsonAt, ownConnection } from "./http-client.ts";
import { type ProcessSample, watchProcess } from "./process-sample.ts";
import { Tally } from "./tally.ts";

export interface QueueOptions extends ServiceOptions {
  /** Operations that wait behind the run; each tenth is cancelled while it does. */
  readonly queued: number;
  /** Spread over all operations, the run's first. */
  readonly followers: number;
  readonly readers: number;
  /** Of the run. */
  readonly iterations: number;
  /** Of the run's settings; an iteration of some ten seconds if not given. */
  readonly overrides?: object;
}

export interface QueueFigures {
  readonly queued: number;
  readonly followers: number;
  readonly readers: number;
  readonly seconds: number;
  readonly errors: { readonly count: number; readonly first: readonly string[] };
  /** Operations by the state they ended in. */
  readonly states: Readonly<Record<string, number>>;
  readonly get: Latencies;
  readonly byPath: Readonly<Record<string, Latencies>>;
  /** Until a request for work was accepted, which is written by then. */
  readonly accepted: Latencies;
  readonly events: number;
  readonly process: readonly ProcessSample[];
}

const CANCELLED_EVERY = 10;
const sampling = { maxTokens: 64 };
const tenSeconds = {
  challenger: { steps: 3, promptsPerStep: 8, groupSize: 4, sampling },
  solver: { steps: 4, promptsPerStep: 8, groupSize: 5, sampling },
  votes: { samples: 9, sampling },
  pool: { size: 96, sampling },
  evaluation: { questions: 32, samples: 4, sampling },
};

interface Started {
  readonly id: string;
  readonly operation: { readonly id: string };
}

export async function measureQueue(options: QueueOptions, progress: (line: string) => void): Promise<QueueFigures> {
  const { queued, followers, readers, iterations, overrides = tenSeconds } = options;
  const environment = { RZERO_MAX_QUEUED: String(queued + 1) };
  const service = await startService({ ...options, environment });
  const { origin } = service;
  const tally = new Tally();
  const began = performance.now();
  try {
    await eventually(service, "GET /readyz", async () => ((await statusOf(`${origin}/readyz`)) === 200 ? true : null));
    const post = (path: string, body: unknown, agent = ownConnection()) =>
      jsonAt<Started>(origin + path, { method: "POST", body, agent });
    const run = await post("/v1/runs", { seed: 1, overrides });
    const training = (await post("/v1/iterations", { run: run.id, count: iterations })).operation.id;
    await eventually(service, "a training step", async () => {
      const steps = await jsonAt<{ data: unknown[] }>(`${origin}/v1/training-steps?run=${run.id}&limit=1`);
      return steps.data.length > 0 ? true : null;
    });

    const end = new AbortController();
    setMaxListeners(0, end.signal);
    const samples: ProcessSample[] = [];
    const paths = ["/v1/runs", "/v1/operations", `/v1/operations/${training}`, `/v1/questions?run=${run.id}&limit=20`];
    const reading = [
      ...Array.from({ length: readers }, (_, i) => read(paths, origin, i / readers, tally, end.signal)),
      watchProcess(origin, samples, end.signal),
    ];

    progress(`queueing ${queued} operations behind ${iterations} iteration(s)`);
    const operations = [training];
    const agent = ownConnection();
    for (let seed = 0; seed < queued; seed++) {
      const asked = performance.now();
      const { operation } = await post("/v1/questions", { kind: "propose", run: run.id, count: 1, seed }, agent);
      tally.took("accepted", performance.now() - asked);
      operations.push(operation.id);
    }
    const standing = Array.from(
      { length: followers },
      (_, i) => operations[Math.floor((i * operations.length) / followers)]!,
    );
    const following = standing.map((id) => follow(`/v1/operations/${id}/events`, origin, tally, end.signal));
    for (const id of operations.filter((_, at) => at > 0 && at % CANCELLED_EVERY === 0)) {
      await bodyOf(await ask(`${origin}/v1/operations/${id}/cancel`, { method: "POST", agent }));
    }
    agent.destroy();

    const ended = await allEnded(operations, origin, progress);
    await Promise.all(following);
    end.abort();
    await Promise.all(reading);
    service.assertAlive();
    const reads = tally.names().filter((name) => name.startsWith("GET"));
    return {
      queued,
      followers,
      readers,
      seconds: (performance.now() - began) / 1000,
      errors: { count: tally.errorCount, first: tally.errors },
      states: Object.fromEntries(
        [...new Set(ended)].sort().map((state) => [state, ended.filter((each) => each === state).length]),
      ),
      get: tally.of("GET"),
      byPath: Object.fromEntries(reads.map((name) => [name, tally.of(name)])),
      accepted: tally.of("accepted"),
      events: tally.of("SSE event").requests,
      process: samples,
    };
  } finally {
    await service.stop();
  }
}

/** Waits until each operation has ended, in their order, and returns how. */
async function allEnded(
  operations: readonly string[],
  origin: string,
  progress: (line: string) => void,
): Promise<string[]> {
  const states: string[] = [];
  for (const [at, id] of operations.entries()) {
    for (;;) {
      const { state, finishedAt } = await jsonAt<{ state: string; finishedAt: string | null }>(
        `${origin}/v1/operations/${id}`,
      );
      if (finishedAt !== null) {
        states.push(state);
        break;
      }
      await sleep(200);
    }
    if (at % 100 === 0) progress(`${at} of ${operations.length - 1} queued operations have ended`);
  }
  return states;
}
