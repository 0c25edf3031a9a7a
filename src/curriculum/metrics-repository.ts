/** Named values measured in a run. Measuring the same thing again (after a crash) replaces the value. */
import { and, asc, eq, getTableColumns, isNull, type SQL } from "drizzle-orm";
import type { Metric } from "../records/metric.ts";
import type { Db } from "./client.ts";
import { constrained } from "./curriculum-error.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { metrics } from "./schema/measurements.ts";

export interface MetricsRepository {
  /** All or none. The same (run, iteration, step, name) is replaced. */
  record(values: readonly Metric[]): void;
  ofStep(stepId: string): readonly Metric[];
  /** Values of the iteration itself, not of its steps. */
  ofIteration(iterationId: string): readonly Metric[];
  /** One metric through a run, in the order it was measured. */
  series(runId: string, name: string): readonly Metric[];
}

export function createMetricsRepository(db: Db): MetricsRepository {
  const insertRow = prepareInsert(db, metrics);
  const { id, ...columns } = getTableColumns(metrics);
  const removeOld = db.$client.prepare(
    "delete from metrics where run_id = ? and name = ? and iteration_id is ? and step_id is ?",
  );
  const select = (where: SQL | undefined): readonly Metric[] =>
    db
      .select(columns)
      .from(metrics)
      .where(where)
      .orderBy(asc(id))
      .all()
      // NULL is how SQLite holds NaN.
      .map((row) => ({ ...row, value: row.value ?? Number.NaN }));
  const recordAll = db.$client.transaction((values: readonly Metric[]) => {
    for (const metric of values) {
      removeOld.run(metric.runId, metric.name, metric.iterationId, metric.stepId);
      insertRow(metric);
    }
  });

  return {
    record: (values) => constrained(`recording ${values.length} metrics`, () => recordAll.immediate(values)),
    ofStep: (stepId) => select(eq(metrics.stepId, stepId)),
    ofIteration: (iterationId) => select(and(eq(metrics.iterationId, iterationId), isNull(metrics.stepId))),
    series: (runId, name) => select(and(eq(metrics.runId, runId), eq(metrics.name, name))),
  };
}
