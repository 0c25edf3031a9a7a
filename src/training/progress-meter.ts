/** How far an operation of several iterations is, from planned and finished units: one unit is one sampled completion. */
import type { OperationProgress, PhaseKind } from "../records/records.ts";
import type { RunConfig } from "../rzero/run-config.ts";

/** A sequence costs about as much to train on as three to sample. */
const TRAINED_SEQUENCE = 3;
const INTERVAL_MS = 500;

export function plannedUnits(config: RunConfig, questions: number): Record<PhaseKind, number> {
  const { challenger, solver, votes, pool, evaluation } = config;
  const evaluate = Math.min(questions, evaluation.questions) * (evaluation.samples + 1);
  return {
    "evaluate-base": evaluate,
    challenger:
      challenger.steps * challenger.promptsPerStep * challenger.groupSize * (1 + votes.samples + TRAINED_SEQUENCE),
    pool: pool.size,
    votes: pool.size * votes.samples,
    solver: solver.steps * solver.promptsPerStep * solver.groupSize * (1 + TRAINED_SEQUENCE),
    evaluate,
  };
}

export interface Position {
  readonly iteration: number;
  readonly phase: PhaseKind;
  readonly step: number | null;
  readonly steps: number | null;
  /** 0..1 of the phase. */
  readonly done: number;
  readonly reward?: number | null;
  readonly tokensPerSecond?: number | null;
}

export class ProgressMeter {
  readonly #plan: readonly { readonly phase: PhaseKind; readonly units: number }[][];
  readonly #total: number;
  readonly #now: () => Date;
  readonly #report: (progress: OperationProgress) => void;
  readonly #started: number;
  /** Of the whole, where an earlier process had come to. */
  #before = 0;
  #reported = Number.NEGATIVE_INFINITY;
  /** Of the last step of the phase, while the next one is sampled. */
  #reward: number | null = null;
  #phase: PhaseKind | null = null;

  /** `plan`: the phases of each iteration, in order. */
  constructor(
    plan: readonly { readonly phase: PhaseKind; readonly units: number }[][],
    now: () => Date,
    report: (progress: OperationProgress) => void,
  ) {
    this.#plan = plan;
    this.#total = plan.flat().reduce((sum, { units }) => sum + units, 0);
    this.#now = now;
    this.#report = report;
    this.#started = now().getTime();
  }

  /** An earlier process had come this far: how much time is left is judged by what is done from here on. */
  recall(position: Pick<Position, "iteration" | "phase" | "done">): void {
    this.#before = Math.max(this.#before, this.#fractionAt(position));
  }

  /** `iteration`: 1, 2, ... within the operation. Reports now and then; always at the end of a step or phase. */
  at(position: Position): void {
    const now = this.#now().getTime();
    if (position.phase !== this.#phase) this.#reward = null;
    this.#phase = position.phase;
    this.#reward = position.reward ?? this.#reward;
    // A clock that went back says nothing of how long ago that was.
    if (position.done < 1 && now >= this.#reported && now - this.#reported < INTERVAL_MS) return;
    this.#reported = now;
    const fraction = this.#fractionAt(position);
    const elapsed = Math.max(0, now - this.#started) / 1000;
    const made = fraction - this.#before;
    this.#report({
      iteration: position.iteration,
      iterations: this.#plan.length,
      phase: position.phase,
      step: position.step,
      steps: position.steps,
      fraction,
      secondsLeft: fraction === 1 ? 0 : made <= 0 ? null : (elapsed * (1 - fraction)) / made,
      reward: this.#reward,
      tokensPerSecond: position.tokensPerSecond ?? null,
    });
  }
  #fractionAt({ iteration, phase, done }: Pick<Position, "iteration" | "phase" | "done">): number {
    const before = this.#plan.slice(0, iteration - 1).flat();
    const phases = this.#plan[iteration - 1] ?? [];
    const current = phases.findIndex((each) => each.phase === phase);
    const finished = [...before, ...phases.slice(0, Math.max(current, 0))].reduce((sum, { units }) => sum + units, 0);
    const units = finished + (phases[current]?.units ?? 0) * Math.min(done, 1);
    return this.#total === 0 ? 1 : Math.min(units / this.#total, 1);
  }
}
