/** An iteration in one line: what somebody who types curl wants to read first. */
import type { Iteration } from "../../src/records/records.ts";

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function iterationSummary(iteration: Iteration): string {
  const took = iteration.seconds === null ? "" : ` after ${iteration.seconds.toFixed(0)} s`;
  const head = `iteration ${iteration.number} ${iteration.state}${took}`;
  if (iteration.error !== null) return `${head}: ${iteration.error.message}`;
  const { metrics } = iteration;
  if (metrics === null) return head;
  const { meanAtK, majAtK, greedy, k } = metrics.evaluation;
  const parts = [
    `mean@${k} ${percent(meanAtK.value)}`,
    `maj@${k} ${percent(majAtK.value)}`,
    `greedy ${percent(greedy.value)}`,
    `kept ${metrics.kept} of ${metrics.proposed} questions`,
  ];
  if (metrics.labelAccuracy !== null) parts.push(`labels ${percent(metrics.labelAccuracy)} right`);
  const { collapseRisk: risk } = metrics;
  if (risk?.because != null) parts.push(`collapse risk ${risk.value.toFixed(2)} (${risk.because})`);
  return `${head}: ${parts.join(", ")}`;
}
