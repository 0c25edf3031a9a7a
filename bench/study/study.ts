/** The study, top to bottom: which runs are missing, run them side by side, keep each as it finishes, write it all up. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { ServiceClient } from "../demo/service-client.ts";
import { type ServiceProcess, startService } from "../demo/service-process.ts";
import { figure } from "./figure.ts";
import { type Cell, cellKey, cellsOf } from "./grid.ts";
import type { StudyOptions } from "./options.ts";
import { figureFile, reportText } from "./report.ts";
import { appendResult, readResults } from "./results-file.ts";
import { runCell } from "./run-cell.ts";
import { METRICS, type Summary, summarize } from "./summary.ts";

export interface Study {
  readonly options: StudyOptions;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  say(text: string): void;
}

interface Planned {
  readonly cell: Cell;
  readonly key: string;
}

export const resultsFile = ({ folder }: StudyOptions): string => join(folder, "cells.jsonl");

/** Runs of the study, in order, and whether each is finished. */
export function planOf(options: StudyOptions): (Planned & { readonly done: boolean })[] {
  const finished = new Set(readResults(resultsFile(options)).map(({ key }) => key));
  return cellsOf(options.variants, options.seeds, options.iterations).map((cell) => {
    const key = cellKey(cell, options.model);
    return { cell, key, done: finished.has(key) };
  });
}

/** The first failure ends it; what was finished stays and is not run again. With `report` nothing is run. */
export async function runStudy(study: Study): Promise<Summary> {
  const { options, say } = study;
  const plan = planOf(options);
  if (options.report) return writeUp(study, plan);
  const missing = plan.filter(({ done }) => !done);
  say(
    `${plan.length} runs of ${options.iterations} iterations, ${plan.length - missing.length} of them finished before`,
  );
  const failed = new AbortController();
  const signal = AbortSignal.any([study.signal, failed.signal]);
  const worker = async (number: number): Promise<void> => {
    try {
      for (let next = missing.shift(); next !== undefined; next = missing.shift()) {
        signal.throwIfAborted();
        await finish({ ...study, signal }, next, number);
        await writeUp(study, plan);
      }
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const workers = Array.from({ length: options.parallel }, (_, number) => worker(number));
  const ends = await Promise.allSettled(workers);
  const summary = await writeUp(study, plan);
  const failure = ends.find((end) => end.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return summary;
}

async function finish({ options, signal, now, say }: Study, { cell, key }: Planned, worker: number): Promise<void> {
  const { model, threads, url, data } = options;
  const label = `${cell.variant.name}, seed ${cell.seed}`;
  const folder = join(data, `worker-${worker}`);
  rmSync(folder, { recursive: true, force: true });
  const service: ServiceProcess | null =
    url === null ? await startService({ folder, port: 0, model, threads }, signal) : null;
  try {
    const until = service === null ? signal : AbortSignal.any([signal, service.ended]);
    const client = new ServiceClient(service?.url ?? url!, { signal: until });
    const result = await runCell({
      cell,
      key,
      client,
      model,
      signal: until,
      now,
      onIteration: ({ iteration, meanAtK, greedy, labelAccuracy, collapseRisk, seconds }) => {
        const labels = labelAccuracy === null ? "" : `, labels ${(100 * labelAccuracy).toFixed(1)} %`;
        say(
          `${label}: iteration ${iteration} mean ${(100 * meanAtK).toFixed(1)} %, greedy ${(100 * greedy).toFixed(1)} %${labels}, risk ${(collapseRisk ?? 0).toFixed(2)}, ${seconds.toFixed(0)} s`,
        );
      },
    });
    appendResult(resultsFile(options), result);
  } finally {
    await service?.stop();
    // A run's database is large and says nothing that the results do not.
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeUp({ options, now }: Study, plan: readonly Planned[]): Promise<Summary> {
  const keys = new Map(plan.map(({ key, cell }) => [key, cell.variant.name]));
  const results = readResults(resultsFile(options)).flatMap((result) => {
    const variant = keys.get(result.key);
    return variant === undefined ? [] : [{ ...result, variant }];
  });
  const summary = summarize(
    results,
    options.variants.map(({ name }) => name),
  );
  mkdirSync(options.folder, { recursive: true });
  for (const metric of METRICS) writeFileSync(join(options.folder, figureFile(metric)), await figure(summary, metric));
  writeFileSync(
    join(options.folder, "README.md"),
    reportText(summary, {
      name: options.name,
      command: options.command,
      machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim() || process.arch}, ${options.parallel} runs side by side with ${options.threads} thread${options.threads === 1 ? "" : "s"} each`,
      at: now().toISOString().slice(0, 10),
      missing: plan.length - results.length,
    }),
  );
  return summary;
}
