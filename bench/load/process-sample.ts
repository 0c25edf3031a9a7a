/** Memory and processor time of the service's process, as it says itself at /metrics. The engine is a process of its own and not part of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { ask, bodyOf } from "./http-client.ts";

export interface ProcessSample {
  readonly second: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  /** Since the process began, user and system. */
  readonly cpuSeconds: number;
}

const SAMPLE_EVERY_SECONDS = 5;

/** Adds a sample every five seconds until the end, and one then. */
export async function watchProcess(origin: string, samples: ProcessSample[], end: AbortSignal): Promise<void> {
  const began = performance.now();
  while (!end.aborted) {
    await sleep(SAMPLE_EVERY_SECONDS * 1000, undefined, { signal: end }).catch(() => undefined);
    samples.push(await sampleProcess(origin, Math.round((performance.now() - began) / 1000)));
  }
}

async function sampleProcess(origin: string, second: number): Promise<ProcessSample> {
  const metrics = await bodyOf(await ask(`${origin}/metrics`));
  const value = (name: string): number => {
    const line = new RegExp(`^${name} (\\S+)$`, "m").exec(metrics);
    if (line === null) throw new Error(`/metrics shows no ${name}`);
    return Number(line[1]);
  };
  return {
    second,
    residentMiB: value("process_resident_memory_bytes") / 2 ** 20,
    heapMiB: value("nodejs_heap_size_used_bytes") / 2 ** 20,
    cpuSeconds: value("process_cpu_seconds_total"),
  };
}
