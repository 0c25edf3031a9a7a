/** What the phases of one iteration share, and the frame around each phase: its row, its events, its progress. */
import type { Domain } from "../domains/domain.ts";
import type { GenerateProgress, Policy } from "../policy/policy.ts";
import type { Checkpoint, Iteration, Phase, PhaseKind, Run } from "../records/records.ts";
import { deriveSeed } from "../rzero/seeds.ts";
import { type Environment, secondsSince, timestamp } from "./environment.ts";
import type { Work } from "./operation-handler.ts";
import { PhasePieces } from "./phase-pieces.ts";
import type { Position, ProgressMeter } from "./progress-meter.ts";
import { inPieces, type Sampler } from "./sampler.ts";

export interface IterationWork {
  readonly environment: Environment;
  readonly work: Work;
  readonly policy: Policy;
  readonly sampler: Sampler;
  readonly domain: Domain;
  readonly run: Run;
  readonly iteration: Iteration;
  /** 1, 2, ... within the operation. */
  readonly ordinal: number;
  /** Where both roles stood before this iteration. */
  readonly challenger: Checkpoint;
  readonly solver: Checkpoint;
  readonly meter: ProgressMeter;
}

export interface PhaseWork extends IterationWork {
  readonly phase: Phase;
  /** What the phase asked and was told, so far; its `sampler` remembers there. */
  readonly pieces: PhasePieces;
}

export interface PhaseBody<T> {
  /** Also of a phase that was interrupted: whole steps of it are stored, pieces of what it asked, and nothing else. */
  readonly run: (phase: PhaseWork) => Promise<T>;
  /** Reads what the phase made, where it was completed before the iteration was interrupted. */
  readonly recall: () => T;
  /** What is written together with the phase's end, or not at all. */
  readonly commit?: (result: T) => void;
  /** What of the result belongs into the phase's last event. */
  readonly tell?: (result: T) => Readonly<Record<string, unknown>>;
}

/**
 * Runs a phase, goes on with it, or recalls it. Where `run` throws, the phase's row stays `running`: whoever ends or
 * suspends the operation removes what was written since the last whole step (iteration-operation.ts).
 */
export async function inPhase<T>(iteration: IterationWork, kind: PhaseKind, body: PhaseBody<T>): Promise<T> {
  const { environment, work, meter, ordinal } = iteration;
  const { curriculum } = environment;
  work.signal.throwIfAborted();
  const phase = phaseOf(iteration, kind);
  if (phase.state === "completed") {
    meter.recall({ iteration: ordinal, phase: kind, done: 1 });
    return body.recall();
  }
  const pieces = new PhasePieces(curriculum.pieces, phase.id);
  const sampler = inPieces(pieces.remembering(iteration.sampler));
  const result = await body.run({ ...iteration, phase, pieces, sampler });
  curriculum.transaction(() => {
    const finishedAt = timestamp(environment);
    const seconds = secondsSince(environment, Date.parse(phase.startedAt));
    curriculum.phases.setState(phase.id, "completed", finishedAt);
    work.emit("phase.completed", { ...nameOf(iteration, kind), seconds, ...body.tell?.(result) });
    body.commit?.(result);
  });
  meter.at({ iteration: ordinal, phase: kind, step: null, steps: null, done: 1 });
  await curriculum.pieces.forgetEnded();
  return result;
}

/** The phase as it was left, or a new one. */
function phaseOf(iteration: IterationWork, kind: PhaseKind): Phase {
  const { environment, work } = iteration;
  const { curriculum } = environment;
  const left = curriculum.phases.ofIteration(iteration.iteration.id).find((each) => each.kind === kind);
  if (left !== undefined) return left;
  const phase: Phase = {
    id: curriculum.makeId("phase"),
    iterationId: iteration.iteration.id,
    kind,
    state: "running",
    startedAt: timestamp(environment),
    finishedAt: null,
  };
  return curriculum.transaction(() => {
    curriculum.phases.insert(phase);
    work.emit("phase.started", nameOf(iteration, kind));
    return phase;
  });
}

const nameOf = ({ iteration }: IterationWork, phase: PhaseKind) => ({
  iteration: iteration.number,
  iterationId: iteration.id,
  phase,
});

/** Reports where the phase is; `done` is 0..1 of it. */
export function report(
  { meter, ordinal, phase }: PhaseWork,
  position: Partial<Position> & Pick<Position, "done">,
): void {
  meter.at({ iteration: ordinal, phase: phase.kind, step: null, steps: null, ...position });
}

/** As `onProgress` of a sampler call that fills the phase from `from` to `to` (both 0..1). */
export function samplingProgress(phase: PhaseWork, from = 0, to = 1, step: Partial<Position> = {}) {
  const { environment, meter, ordinal } = phase;
  const started = environment.now().getTime();
  return ({ finished, total, tokens }: GenerateProgress): void => {
    const seconds = secondsSince(environment, started);
    const tokensPerSecond = seconds > 0 ? tokens / seconds : null;
    // Short of 1: only the phase itself says that it is done.
    const done = from + (to - from) * Math.min(finished / Math.max(total, 1), 0.999);
    // Nothing was sampled yet: what is finished is from before.
    if (tokens === 0 && finished > 0) meter.recall({ iteration: ordinal, phase: phase.phase.kind, done });
    report(phase, { ...step, done, tokensPerSecond });
  };
}

/** A seed of this iteration. `use`: name of the phase or of what in it is drawn. */
export function seedOf(
  { run, iteration }: Pick<IterationWork, "run" | "iteration">,
  use: string,
  place: { readonly step?: number; readonly prompt?: number; readonly sample?: number } = {},
): number {
  return deriveSeed({
    run: run.seed,
    iteration: iteration.number,
    phase: use,
    step: place.step ?? 0,
    prompt: place.prompt ?? 0,
    sample: place.sample ?? 0,
  });
}
