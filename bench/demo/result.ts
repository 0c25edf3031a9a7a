/** What the demo found: base and iterations side by side, and the best of them. */
import Table from "cli-table3";
import type { WireEvaluation, WireIteration, WireRun } from "./wire.ts";
import { duration, percent, points } from "./wording.ts";

export interface Row {
  /** 0: the base weights. */
  readonly iteration: number;
  readonly evaluation: WireEvaluation;
  readonly labelAccuracy: number | null;
  readonly proposed: number | null;
  readonly kept: number | null;
  readonly seconds: number | null;
}

export interface Result {
  readonly run: WireRun;
  /** Base first. Empty where not even the base was measured. */
  readonly rows: readonly Row[];
  /** Best mean@k; the earliest of equals. Null without rows. */
  readonly best: Row | null;
  /** Of the best over the base in mean@k: 0.03 is 3 points. */
  readonly gain: number;
  readonly seconds: number;
}

/** `iterations` in any order; those without metrics did not finish and are left out. `seconds`: of everything. */
export function resultOf(run: WireRun, iterations: readonly WireIteration[], seconds: number): Result {
  const base: Row[] =
    run.baseEvaluation === null
      ? []
      : [
          {
            iteration: 0,
            evaluation: run.baseEvaluation,
            labelAccuracy: null,
            proposed: null,
            kept: null,
            seconds: null,
          },
        ];
  const finished = iterations.flatMap((iteration): Row[] => {
    if (iteration.metrics === null) return [];
    const { evaluation, labelAccuracy, proposed, kept } = iteration.metrics;
    return [{ iteration: iteration.number, evaluation, labelAccuracy, proposed, kept, seconds: iteration.seconds }];
  });
  const rows = [...base, ...finished.sort((a, b) => a.iteration - b.iteration)];
  const score = ({ evaluation }: Row) => evaluation.meanAtK.value;
  const best = rows.reduce<Row | null>((top, row) => (top === null || score(row) > score(top) ? row : top), null);
  const gain = best === null || base.length === 0 ? 0 : score(best) - score(base[0]!);
  return { run, rows, best, gain, seconds };
}

export function resultTable({ rows }: Result): string {
  const k = rows[0]?.evaluation.k ?? 8;
  const table = new Table({
    head: ["", `mean@${k}`, "95 % interval", "greedy", "labels right", "proposed", "kept", "time"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { iteration, evaluation, labelAccuracy, proposed, kept, seconds } of rows) {
    const { value, low, high } = evaluation.meanAtK;
    table.push([
      iteration === 0 ? "base" : `iteration ${iteration}`,
      percent(value),
      `${(low * 100).toFixed(1)} - ${(high * 100).toFixed(1)}`,
      percent(evaluation.greedy.value),
      labelAccuracy === null ? "" : percent(labelAccuracy),
      proposed === null ? "" : String(proposed),
      kept === null ? "" : String(kept),
      seconds === null ? "" : duration(seconds),
    ]);
  }
  return table.toString();
}

/** The result in a sentence. */
export function verdict({ best, gain, rows }: Result): string {
  if (best === null) return "Nothing was measured.";
  const score = `mean@${best.evaluation.k} ${percent(best.evaluation.meanAtK.value)}`;
  if (best.iteration === 0) return rows.length === 1 ? `Base: ${score}.` : `No iteration passed the base (${score}).`;
  return `Best: iteration ${best.iteration} with ${score}, ${points(gain)} over the base.`;
}

/** The same for programs. The score's name carries its k: `meanAt8`. */
export function resultJson(result: Result, report: string): string {
  const { run, rows, best, gain, seconds } = result;
  const scores = ({ evaluation }: Row) => ({
    [`meanAt${evaluation.k}`]: evaluation.meanAtK.value,
    greedy: evaluation.greedy.value,
  });
  const [base] = rows.filter(({ iteration }) => iteration === 0);
  return JSON.stringify({
    base: base === undefined ? null : scores(base),
    iterations: rows
      .filter(({ iteration }) => iteration > 0)
      .map((row) => ({
        iteration: row.iteration,
        ...scores(row),
        labelAccuracy: row.labelAccuracy,
        proposed: row.proposed,
        kept: row.kept,
        seconds: row.seconds,
      })),
    best: best?.iteration ?? null,
    gain,
    seconds,
    run: run.id,
    preset: run.preset,
    seed: run.seed,
    report,
  });
}
