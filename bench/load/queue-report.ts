/** The figures of a full queue as Markdown, and the bars they are held to. */
import type { Machine } from "../speed/machine.ts";
import type { Latencies } from "../speed/paced-requests.ts";
import { READ_EVERY } from "./clients.ts";
import type { QueueFigures } from "./queue.ts";
import { GET_P99_BAR } from "./report.ts";

export interface QueueBars {
  readonly noErrors: boolean;
  readonly allEnded: boolean;
  readonly getP99: boolean;
}

export function queueBars({ errors, states, queued, get }: QueueFigures): QueueBars {
  const { completed = 0, cancelled = 0 } = states;
  return {
    noErrors: errors.count === 0,
    // None failed; those that were cancelled are those we cancelled.
    allEnded: completed + cancelled === queued + 1 && cancelled === Math.floor(queued / 10),
    getP99: get.p99Ms <= GET_P99_BAR,
  };
}

export function queueMarkdown(figures: QueueFigures, machine: Machine, loadAfter: number): string {
  const { errors, process, get, states } = figures;
  const held = queueBars(figures);
  const row = (name: string, { requests, p50Ms, p99Ms, maxMs }: Latencies) =>
    `| ${name} | ${requests} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${maxMs.toFixed(1)} |`;
  const resident = process.map(({ residentMiB }) => residentMiB);
  const heap = process.map(({ heapMiB }) => heapMiB);
  const from = (values: readonly number[]) =>
    `${values[0]?.toFixed(0)} -> ${values.at(-1)?.toFixed(0)} (largest ${Math.max(...values).toFixed(0)})`;
  return [
    "# A full queue behind a run that trains",
    "",
    `${figures.queued} operations queued, ${figures.followers} followers of events, ${figures.readers} readers (a GET every ` +
      `${READ_EVERY} ms each); all had ended after ${figures.seconds.toFixed(0)} s, ${figures.events} events were followed.`,
    "",
    `- errors, a gap or a repetition of events among them: ${errors.count}${held.noErrors ? "" : " **(bar: 0)**"}`,
    `- operations by their end: ${Object.entries(states)
      .map(([state, count]) => `${count} ${state}`)
      .join(", ")}${held.allEnded ? "" : " **not as asked**"}`,
    `- GET p99: ${get.p99Ms.toFixed(1)} ms (bar: ${GET_P99_BAR} ms)${held.getP99 ? "" : " **not met**"}`,
    `- resident memory of the service's process, MiB: ${from(resident)}`,
    `- heap of it in use, MiB: ${from(heap)}`,
    ...errors.first.map((error) => `- ${error}`),
    "",
    "| milliseconds | requests | median | p99 | longest |",
    "|---|---|---|---|---|",
    row("GET, all", get),
    ...Object.entries(figures.byPath).map(([name, x]) => row(`\`${name}\``, x)),
    row("work accepted", figures.accepted),
    "",
    `${machine.cpu}, ${machine.cores} cores, ${machine.threads} threads of the engine, ${machine.memoryGiB} GiB, ${machine.platform}; node ` +
      `${machine.node}, onnxruntime ${machine.onnxruntime}; load ${machine.loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after. ` +
      "Clients and service share the machine; the time of a GET counts from when it was due.",
    "",
  ].join("\n");
}
