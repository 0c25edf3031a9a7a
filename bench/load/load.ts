/** Many clients at once while the service trains: what they waited for, what went wrong, and what became of its memory. */
import { setMaxListeners } from "node:events";
import type { Latencies } from "../speed/paced-requests.ts";
import { eventually, statusOf } from "../speed/requests.ts";
import { type ServiceOptions, startService } from "../speed/service-process.ts";
import { follow, read, write } from "./clients.ts";
import { jsonAt } from "./http-client.ts";
import { type ProcessSample, watchProcess } from "./process-sample.ts";
import { Tally } from "./tally.ts";

export interface LoadOptions extends ServiceOptions {
  readonly seconds: number;
  /** In all; five of eight read, the rest follow and write. */
  readonly clients: number;
}

export interface LoadFigures {
  readonly seconds: number;
  readonly clients: { readonly readers: number; readonly followers: number; readonly writers: number };
  readonly errors: { readonly count: number; readonly first: readonly string[] };
  readonly get: Latencies;
  readonly byPath: Readonly<Record<string, Latencies>>;
  readonly events: number;
  readonly completions: Latencies;
  /** The service's process, every five seconds; the first when the clients had settled. */
  readonly process: readonly ProcessSample[];
  /** Optimiser steps that were made meanwhile. */
  readonly trainingSteps: number;
}

interface Iteration {
  readonly id: string;
  readonly state: string;
}

export async function measureLoad(options: LoadOptions, progress: (line: string) => void): Promise<LoadFigures> {
  const { seconds, clients } = options;
  const service = await startService(options);
  const { origin } = service;
  try {
    await eventually(service, "GET /readyz", async () => ((await statusOf(`${origin}/readyz`)) === 200 ? true : null));
    const run = await jsonAt<{ id: string }>(`${origin}/v1/runs`, { method: "POST", body: { seed: 1 } });
    // More than can be done in the time: something trains until the end.
    const count = 1 + Math.ceil(seconds / 15);
    const { operation, iterations } = await jsonAt<{ operation: { id: string }; iterations: Iteration[] }>(
      `${origin}/v1/iterations`,
      { method: "POST", body: { run: run.id, count } },
    );
    const first = iterations[0]!.id;
    progress("waiting for the first training step");
    await eventually(service, "a training step", async () => {
      const steps = await jsonAt<{ data: unknown[] }>(`${origin}/v1/training-steps?run=${run.id}&limit=1`);
      return steps.data.length > 0 ? true : null;
    });
    const before = await stepsOf(origin, run.id);

    const paths = [
      "/v1/runs",
      `/v1/runs/${run.id}`,
      "/v1/iterations",
      `/v1/iterations/${first}`,
      `/v1/iterations/${first}/steps`,
      "/v1/operations",
      `/v1/operations/${operation.id}`,
      `/v1/questions?run=${run.id}&limit=20`,
      `/v1/solutions?run=${run.id}&limit=20`,
      `/v1/training-steps?run=${run.id}&limit=20`,
      "/v1/checkpoints",
      "/v1/models",
    ];
    const writers = Math.max(1, Math.round((clients * 3) / 16));
    const followers = Math.max(1, Math.round((clients * 3) / 16));
    const readers = Math.max(1, clients - writers - followers);
    const tally = new Tally();
    const end = AbortSignal.timeout(seconds * 1000);
    setMaxListeners(0, end);
    const samples: ProcessSample[] = [];
    progress(`${readers} readers, ${followers} followers, ${writers} writers for ${seconds} s`);
    const of = (number: number, one: (index: number) => Promise<void>) =>
      Array.from({ length: number }, (_, i) => one(i));
    await Promise.all([
      ...of(readers, (i) => read(paths, origin, i / readers, tally, end)),
      ...of(followers, () => follow(`/v1/operations/${operation.id}/events`, origin, tally, end)),
      ...of(writers, (i) => write("abacus", origin, i, tally, end)),
      watchProcess(origin, samples, end),
    ]);
    service.assertAlive();
    const after = await stepsOf(origin, run.id);
    await jsonAt(`${origin}/v1/operations/${operation.id}/cancel`, { method: "POST" });
    const reads = tally.names().filter((name) => name.startsWith("GET"));
    return {
      seconds,
      clients: { readers, followers, writers },
      errors: { count: tally.errorCount, first: tally.errors },
      get: tally.of("GET"),
      byPath: Object.fromEntries(reads.map((name) => [name, tally.of(name)])),
      events: tally.of("SSE event").requests,
      completions: tally.of("completion"),
      process: samples,
      trainingSteps: after - before,
    };
  } finally {
    await service.stop();
  }
}

/** Steps of the run so far, page by page. */
async function stepsOf(origin: string, run: string): Promise<number> {
  let steps = 0;
  for (let after = ""; ; ) {
    const page = await jsonAt<{ data: unknown[]; nextCursor: string | null }>(
      `${origin}/v1/training-steps?run=${run}&limit=200${after}`,
    );
    steps += page.data.length;
    if (page.nextCursor === null) return steps;
    after = `&after=${page.nextCursor}`;
  }
}
