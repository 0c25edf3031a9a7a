/**
 * How well the early warning, which sees no label, predicts what the oracle says of the same iteration.
 *
 *   auc  = P(risk of a bad iteration > risk of a good one), ties half           1/2 is guessing
 *   rho  = Spearman's rank correlation of risk and label accuracy              -1 is perfect
 *
 * Bad: fewer than `threshold` of the curriculum's labels are right.
 */
import { mean } from "../../src/rzero/metrics.ts";
import type { CellResult } from "./results-file.ts";

export const BAD_LABELS = 0.8;

export interface WarningQuality {
  readonly iterations: number;
  readonly bad: number;
  /** null where all are good, or all bad. */
  readonly auc: number | null;
  readonly rho: number | null;
}

export function warningQuality(
  results: readonly CellResult[],
  riskOf: (row: CellResult["rows"][number]) => number | null = ({ collapseRisk }) => collapseRisk,
): WarningQuality {
  const judged = results.flatMap(({ rows }) =>
    rows.flatMap((row) => {
      const risk = riskOf(row);
      return risk === null || row.labelAccuracy === null ? [] : [{ risk, labels: row.labelAccuracy }];
    }),
  );
  const bad = judged.filter(({ labels }) => labels < BAD_LABELS);
  const good = judged.filter(({ labels }) => labels >= BAD_LABELS);
  const wins = bad.flatMap((b) => good.map((g) => (b.risk > g.risk ? 1 : b.risk === g.risk ? 0.5 : 0)));
  return {
    iterations: judged.length,
    bad: bad.length,
    auc: wins.length === 0 ? null : mean(wins),
    rho: correlation(ranks(judged.map(({ risk }) => risk)), ranks(judged.map(({ labels }) => labels))),
  };
}

/** Ranks from 1, equal values share their mean rank. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

function correlation(a: readonly number[], b: readonly number[]): number | null {
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (term: (index: number) => number) => a.reduce((total, _, index) => total + term(index), 0);
  const scale = Math.sqrt(sum((i) => (a[i]! - ma) ** 2) * sum((i) => (b[i]! - mb) ** 2));
  return scale === 0 ? null : sum((i) => (a[i]! - ma) * (b[i]! - mb)) / scale;
}
