/** A named value measured in a run: of a step, of an iteration, or of the run itself. Types only. */
export interface Metric {
  readonly runId: string;
  readonly iterationId: string | null;
  readonly stepId: string | null;
  /** e.g. `pool.answerEntropy`. */
  readonly name: string;
  /** NaN and infinities are kept. */
  readonly value: number;
  readonly createdAt: string;
}
