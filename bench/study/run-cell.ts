/** One run of a study through the service's own API, and what it measured. */
import { DemoError } from "../demo/demo-error.ts";
import { followOperation } from "../demo/follow-operation.ts";
import type { ServiceClient } from "../demo/service-client.ts";
import type { WireIteration, WireRun } from "../demo/wire.ts";
import type { Cell } from "./grid.ts";
import type { CellResult, Row } from "./results-file.ts";

export interface CellWork {
  readonly cell: Cell;
  readonly key: string;
  readonly client: ServiceClient;
  readonly model: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  onIteration(row: Row): void;
}

/** Throws DemoError where the operation does not complete. */
export async function runCell({ cell, key, client, model, signal, now, onIteration }: CellWork): Promise<CellResult> {
  const { variant, seed } = cell;
  const { preset, overrides, name } = variant;
  const made = await client.createRun({ model, preset, seed, overrides });
  const { operation } = await client.startIterations(made.id, cell.iterations);
  for await (const event of followOperation(client, operation.id, { signal })) {
    if (event.type !== "iteration.completed") continue;
    const { data } = await client.iterations(made.id);
    const latest = data.find(({ number }) => number === event.data.iteration);
    if (latest !== undefined) onIteration(rowOf(latest));
  }
  const ended = await client.operation(operation.id);
  if (ended.state !== "completed") throw new DemoError(`${name}, seed ${seed}: ${ended.error?.message ?? ended.state}`);
  const run = await client.getRun(made.id);
  const iterations = (await client.iterations(made.id)).data.filter(({ state }) => state === "completed");
  iterations.sort((a, b) => a.number - b.number);
  const base = run.baseEvaluation;
  if (base === null) throw new DemoError(`${name}, seed ${seed}: the base was not evaluated`);
  const best = iterations.find(({ solverTo }) => solverTo === run.bestCheckpointId);
  return {
    key,
    variant: name,
    preset,
    overrides,
    seed,
    k: base.k,
    questions: base.questions,
    rows: [baseRow(base), ...iterations.map(rowOf)],
    best: best?.number ?? (run.bestCheckpointId === null ? null : 0),
    finishedAt: now().toISOString(),
  };
}

function baseRow(base: NonNullable<WireRun["baseEvaluation"]>): Row {
  return {
    iteration: 0,
    ...accuracies(base),
    labelAccuracy: null,
    diversity: null,
    kept: null,
    collapseRisk: null,
    because: null,
    signals: null,
    sinceBase: null,
    seconds: 0,
  };
}

function rowOf({ number, metrics, seconds }: WireIteration): Row {
  const { evaluation, labelAccuracy, clusters, clustered, kept, collapseRisk, signals, sinceBase } = metrics!;
  return {
    iteration: number,
    ...accuracies(evaluation),
    labelAccuracy,
    diversity: clustered === 0 ? null : clusters / clustered,
    kept,
    collapseRisk: collapseRisk?.value ?? null,
    because: collapseRisk?.because ?? null,
    signals,
    sinceBase,
    seconds: seconds ?? 0,
  };
}

function accuracies({ meanAtK, greedy, majAtK, strata = {} }: NonNullable<WireRun["baseEvaluation"]>) {
  return {
    meanAtK: meanAtK.value,
    greedy: greedy.value,
    majAtK: majAtK.value,
    strata: Object.fromEntries(Object.entries(strata).map(([name, stratum]) => [name, stratum.meanAtK])),
  };
}
