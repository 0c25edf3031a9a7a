/** The demo, top to bottom: a run, its iterations followed to their end, the result, the report. */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import { commandOf } from "./command-line.ts";
import { DemoError } from "./demo-error.ts";
import { followOperation } from "./follow-operation.ts";
import type { DemoOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { type ProgressDisplay, progressDisplay } from "./progress-display.ts";
import { renderReport } from "./report/report.ts";
import { readReportData } from "./report-data.ts";
import { type Result, resultOf } from "./result.ts";
import type { ServiceClient } from "./service-client.ts";
import type { WireOperation, WireRun } from "./wire.ts";

export interface Demo {
  readonly options: DemoOptions;
  readonly client: ServiceClient;
  /** Where progress goes. */
  readonly stream: NodeJS.WriteStream;
  /** Ends everything. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Called as soon as there is a run to look at. */
  onRun(run: WireRun): void;
}

/** What came of it; `failure` where the work did not complete, with everything that was finished before. */
export interface DemoOutcome {
  readonly result: Result;
  readonly failure: DemoError | null;
}

/** Throws what ServiceClient throws, and the signal's reason. */
export async function runDemo(demo: Demo): Promise<DemoOutcome> {
  const { options, client, now } = demo;
  const started = now().getTime();
  const elapsed = () => (now().getTime() - started) / 1000;
  const run = await client.createRun({
    seed: options.seed,
    ...(options.preset === null ? {} : { preset: options.preset }),
    ...(options.model === null ? {} : { model: options.model }),
    ...(Object.keys(options.overrides).length === 0 ? {} : { overrides: options.overrides }),
  });
  demo.onRun(run);
  const { operation } = await client.startIterations(run.id, options.iterations);

  const progress = new Progress();
  const display = progressDisplay(demo.stream, progress, elapsed);
  display.line(`${run.id}  ${run.model}, domain ${run.domain}, preset ${run.preset}, seed ${run.seed}`);
  try {
    await follow(demo, operation.id, run.id, progress, display);
  } finally {
    display.end();
  }

  const { data: iterations } = await client.iterations(run.id);
  const result = resultOf(await client.getRun(run.id), iterations, elapsed());
  const failure = failureOf(await client.operation(operation.id));
  const data = await readReportData(client, result, {
    phases: progress.phases,
    machine: options.url === null ? machineInWords() : `not known; the demo ran on ${machineInWords()}`,
    at: now().toISOString(),
    command: commandOf(run, options.iterations, options.overrides),
  });
  await mkdir(dirname(options.report), { recursive: true });
  await writeFile(options.report, await renderReport(data));
  return { result, failure };
}

async function follow(
  { client, signal }: Demo,
  operation: string,
  run: string,
  progress: Progress,
  display: ProgressDisplay,
): Promise<void> {
  for await (const event of followOperation(client, operation, { signal })) {
    for (const line of progress.take(event)) display.line(line);
    if (event.type !== "phase.completed" || event.data.phase !== "evaluate-base") continue;
    const { baseEvaluation } = await client.getRun(run);
    if (baseEvaluation !== null) display.line(progress.takeBase(baseEvaluation));
  }
}

function failureOf({ id, state, error }: WireOperation): DemoError | null {
  if (state === "completed") return null;
  const why = error === null ? "" : `: ${error.message} (${error.code})`;
  return new DemoError(`operation ${id} ended as ${state}${why}`);
}

function machineInWords(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const model = cpus()[0]?.model.trim() || process.arch;
  return `${availableParallelism()} cores of ${model}, ${memory}, ${process.platform}, Node ${process.versions.node}`;
}
