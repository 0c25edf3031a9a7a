/** The figures as Markdown: a table a person reads, and the conditions without which it means nothing. */
import type { Machine } from "../speed/machine.ts";
import type { Latencies } from "../speed/paced-requests.ts";
import { READ_EVERY } from "./clients.ts";
import type { LoadFigures } from "./load.ts";

/** Milliseconds that 99 of 100 GETs may take. */
export const GET_P99_BAR = 50;
/** MiB and share that the process may have grown by from the first sample to the last. */
const GROWTH = { mebibytes: 32, share: 0.1 };

export interface Bars {
  readonly noErrors: boolean;
  readonly getP99: boolean;
  readonly memoryFlat: boolean;
}

export function bars({ errors, get, process }: LoadFigures): Bars {
  const [first, last] = [process[0], process.at(-1)];
  const grown = first === undefined || last === undefined ? Number.NaN : last.residentMiB - first.residentMiB;
  return {
    noErrors: errors.count === 0,
    getP99: get.p99Ms <= GET_P99_BAR,
    memoryFlat: grown <= Math.max(GROWTH.mebibytes, GROWTH.share * (first?.residentMiB ?? 0)),
  };
}

/** From the first sample to the last: what it had to do, whatever else the machine did. */
function cpuShare({ process }: LoadFigures): number {
  const [first, last] = [process[0], process.at(-1)];
  if (first === undefined || last === undefined || first === last) return Number.NaN;
  return (last.cpuSeconds - first.cpuSeconds) / (last.second - first.second);
}

export function markdown(figures: LoadFigures, machine: Machine, loadAfter: number): string {
  const { clients, errors, process, completions } = figures;
  const held = bars(figures);
  const row = (name: string, { requests, p50Ms, p99Ms, maxMs }: Latencies) =>
    `| ${name} | ${requests} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${maxMs.toFixed(1)} |`;
  const mebibytes = (pick: (sample: LoadFigures["process"][number]) => number) => {
    const values = process.map(pick);
    return `${values[0]?.toFixed(0)} -> ${values.at(-1)?.toFixed(0)} (largest ${Math.max(...values).toFixed(0)})`;
  };
  return [
    "# Load during training",
    "",
    `${clients.readers} readers (a GET every ${READ_EVERY} ms each), ${clients.followers} followers of the operation's events, ` +
      `${clients.writers} writers of completions, for ${figures.seconds} s while an iteration runs: ${figures.trainingSteps} ` +
      `optimiser steps were made meanwhile, ${figures.events} events were followed.`,
    "",
    `- errors: ${errors.count}${held.noErrors ? "" : " **(bar: 0)**"}`,
    `- GET p99: ${figures.get.p99Ms.toFixed(1)} ms (bar: ${GET_P99_BAR} ms)${held.getP99 ? "" : " **not met**"}`,
    `- resident memory of the service's process, MiB: ${mebibytes((sample) => sample.residentMiB)}${held.memoryFlat ? "" : " **not flat**"}`,
    `- heap of it in use, MiB: ${mebibytes((sample) => sample.heapMiB)}`,
    `- processor time of it: ${(100 * cpuShare(figures)).toFixed(0)} % of one core`,
    ...errors.first.map((error) => `- ${error}`),
    "",
    "| milliseconds | requests | median | p99 | longest |",
    "|---|---|---|---|---|",
    row("GET, all", figures.get),
    ...Object.entries(figures.byPath).map(([name, x]) => row(`\`${name}\``, x)),
    row("completion of up to 24 tokens", completions),
    "",
    `${machine.cpu}, ${machine.cores} cores, ${machine.threads} threads of the engine, ${machine.memoryGiB} GiB, ${machine.platform}; node ` +
      `${machine.node}, onnxruntime ${machine.onnxruntime}; load ${machine.loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after. ` +
      "Clients and service share the machine; the time of a GET counts from when it was due.",
    "",
  ].join("\n");
}
