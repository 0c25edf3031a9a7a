/** Whether a run goes on after an iteration (our decision): by its collapse risk and by how long ago it was at its best. */
import type { CollapseRisk } from "./collapse-risk.ts";
import type { StopRule } from "./run-config.ts";

export interface Standing {
  readonly risk: CollapseRisk;
  /** Iterations since the best checkpoint's; 0 where it is this one's. */
  readonly sinceBest: number;
}

/** Why the run stops here, in words; null where it goes on. */
export function stopReason({ risk, sinceBest }: Standing, rule: StopRule): string | null {
  if (rule.collapseRisk !== null && risk.value >= rule.collapseRisk && risk.because !== null) {
    return `collapse risk ${risk.value.toFixed(2)} (${risk.because}) is at least stopOn.collapseRisk ${rule.collapseRisk}`;
  }
  if (rule.iterationsWithoutGain !== null && sinceBest >= rule.iterationsWithoutGain) {
    return `no better checkpoint in ${sinceBest} iterations; stopOn.iterationsWithoutGain is ${rule.iterationsWithoutGain}`;
  }
  return null;
}
