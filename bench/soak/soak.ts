/** One service, one run, many small iterations: what service and device hold after each, and whether it grows. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf, commandOf } from "../resume/child-processes.ts";
import { eventually, jsonOf, postJson, statusOf } from "../speed/requests.ts";
import { type Service, type ServiceOptions, startService } from "../speed/service-process.ts";

export interface SoakOptions extends ServiceOptions {
  readonly iterations: number;
  readonly onLine: (line: string) => void;
}

/** Of one process at one moment. */
export interface Holdings {
  readonly residentMiB: number;
  /** Open files, sockets and pipes. */
  readonly handles: number;
}

export interface SoakSample {
  readonly iteration: number;
  readonly service: Holdings;
  readonly device: Holdings;
  readonly processes: number;
}

export interface Growth {
  /** Means of the second and of the last fifth, MiB; the first fifth warms caches. */
  readonly from: number;
  readonly to: number;
}

export interface SoakResult {
  readonly iterations: number;
  readonly seconds: number;
  readonly service: Growth;
  readonly device: Growth;
  /** Most handles of service and device together in the second and in the last fifth. */
  readonly handles: Growth;
  readonly processes: Growth;
  readonly samples: readonly SoakSample[];
  /** What grew; empty where everything stayed flat. */
  readonly grew: readonly string[];
}

const sampling = { maxTokens: 48 };
/** All phases in a second or two. */
const overrides = {
  challenger: { steps: 1, promptsPerStep: 8, groupSize: 4, sampling },
  solver: { steps: 2, promptsPerStep: 8, groupSize: 4, sampling },
  votes: { samples: 6, sampling },
  pool: { size: 64, sampling },
  evaluation: { questions: 16, samples: 2, sampling },
};

/** Growth of memory that is still called flat: allocators keep some, and SQLite's cache fills. */
const FLAT = { share: 1.1, mib: 24 };
/** A request that happens to be open while we look. */
const HANDLES = 4;

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const service = await startService(options);
  const started = performance.now();
  const samples: SoakSample[] = [];
  try {
    await eventually(service, "GET /readyz", async () =>
      (await statusOf(`${service.origin}/readyz`)) === 200 ? true : null,
    );
    const run = await jsonOf<{ id: string }>(await postJson(`${service.origin}/v1/runs`, { seed: 1, overrides }));
    while (samples.length < options.iterations) {
      await iterate(service, run.id);
      const sample = look(service.pid!, samples.length + 1);
      samples.push(sample);
      const { iteration, service: own, device } = sample;
      const line = `service ${own.residentMiB} MiB, ${own.handles} handles; device ${device.residentMiB} MiB, ${device.handles}`;
      options.onLine(`iteration ${iteration}/${options.iterations}: ${line}`);
    }
  } finally {
    await service.stop();
  }
  return judge(samples, (performance.now() - started) / 1000);
}

async function iterate(service: Service, run: string): Promise<void> {
  const { origin } = service;
  const { operation } = await jsonOf<{ operation: { id: string } }>(await postJson(`${origin}/v1/iterations`, { run }));
  for (;;) {
    service.assertAlive();
    const { state, error } = await jsonOf<{ state: string; error: { message: string } | null }>(
      await fetch(`${origin}/v1/operations/${operation.id}`),
    );
    if (state === "completed") return;
    if (error !== null || state === "cancelled") throw new Error(`the iteration is ${state}: ${error?.message}`);
    await sleep(100);
  }
}

/** From /proc: Linux only. */
function look(pid: number, iteration: number): SoakSample {
  const children = childrenOf(pid);
  const device = children.find((child) => commandOf(child).includes("device-process"));
  if (device === undefined) throw new Error("the service has no device process");
  return { iteration, service: holdings(pid), device: holdings(device), processes: 1 + children.length };
}

function holdings(pid: number): Holdings {
  const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return { residentMiB: Math.round(kib / 1024), handles: readdirSync(`/proc/${pid}/fd`).length };
}

/** @param samples one per iteration, five at least */
export function judge(samples: readonly SoakSample[], seconds: number): SoakResult {
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  const parts = [samples.slice(fifth, 2 * fifth), samples.slice(-fifth)] as const;
  const growth = (of: (sample: SoakSample) => number, fold: (values: number[]) => number): Growth => ({
    from: fold(parts[0].map(of)),
    to: fold(parts[1].map(of)),
  });
  const mean = (values: number[]) => Math.round(values.reduce((a, b) => a + b, 0) / values.length);
  const most = (values: number[]) => Math.max(...values);
  const service = growth((sample) => sample.service.residentMiB, mean);
  const device = growth((sample) => sample.device.residentMiB, mean);
  const handles = growth((sample) => sample.service.handles + sample.device.handles, most);
  const processes = growth((sample) => sample.processes, most);
  const memoryGrew = ({ from, to }: Growth) => to > from * FLAT.share && to > from + FLAT.mib;
  const grew = [
    ...(memoryGrew(service) ? [`memory of the service: ${service.from} to ${service.to} MiB`] : []),
    ...(memoryGrew(device) ? [`memory of the device: ${device.from} to ${device.to} MiB`] : []),
    ...(handles.to > handles.from + HANDLES ? [`handles: ${handles.from} to ${handles.to}`] : []),
    ...(processes.to > processes.from ? [`processes: ${processes.from} to ${processes.to}`] : []),
  ];
  return { iterations: samples.length, seconds, service, device, handles, processes, samples, grew };
}
