/** What the events of an operation add up to: where it is now, and one line for everything that is finished. */
import type { OperationProgress } from "../../src/records/records.ts";
import type { WireEvaluation, WireEvent, WireIteration } from "./wire.ts";
import { duration, percent, points, rate } from "./wording.ts";

type Metrics = NonNullable<WireIteration["metrics"]>;

export interface FinishedPhase {
  readonly iteration: number;
  readonly phase: string;
  readonly seconds: number;
}

export class Progress {
  /** Null until the work reported for the first time. */
  now: OperationProgress | null = null;
  /** Mean majority share of the last finished iteration's pool. */
  share: number | null = null;
  readonly phases: FinishedPhase[] = [];
  #rewards: number[] = [];
  #meanAtK: number | null = null;

  /** Lines to keep, if the event finished something. */
  take({ type, data }: WireEvent): readonly string[] {
    switch (type) {
      case "progress":
        this.now = data as unknown as OperationProgress;
        return [];
      case "phase.started":
        this.#rewards = [];
        return [];
      case "step.completed":
        return this.#step(data as unknown as FinishedStep);
      case "phase.completed":
        return [this.#phase(data as unknown as FinishedPhase)];
      case "iteration.completed":
        return [this.#iteration(data as unknown as { iteration: number; seconds: number; metrics: Metrics })];
      default:
        return [];
    }
  }

  /** The base's score: a line, and what the first iteration is compared with. No event carries it. */
  takeBase({ k, meanAtK, greedy }: WireEvaluation): string {
    this.#meanAtK = meanAtK.value;
    return `base                            mean@${k} ${percent(meanAtK.value)}, greedy ${percent(greedy.value)}`;
  }

  #step({ skipped, reward, role, number }: FinishedStep): readonly string[] {
    if (skipped !== null) return [`             ${role} step ${number} made no update: ${skipped}`];
    this.#rewards.push(reward);
    return [];
  }

  #phase({ iteration, phase, seconds }: FinishedPhase): string {
    this.phases.push({ iteration, phase, seconds });
    const steps = this.#rewards.length;
    const reward =
      steps === 0
        ? ""
        : `${steps} steps, reward ${this.#rewards[0]!.toFixed(3)} -> ${this.#rewards.at(-1)!.toFixed(3)}`;
    return `iteration ${iteration}  ${phase.padEnd(13)} ${duration(seconds).padStart(7)}  ${reward}`.trimEnd();
  }

  #iteration({ iteration, seconds, metrics }: { iteration: number; seconds: number; metrics: Metrics }): string {
    const { evaluation, kept, proposed, meanMajorityShare, labelAccuracy } = metrics;
    this.share = meanMajorityShare;
    const before = this.#meanAtK;
    this.#meanAtK = evaluation.meanAtK.value;
    const parts = [
      `kept ${kept} of ${proposed}`,
      `share ${meanMajorityShare.toFixed(2)}`,
      ...(labelAccuracy === null ? [] : [`labels ${percent(labelAccuracy)}`]),
      `mean@${evaluation.k} ${percent(this.#meanAtK)}${before === null ? "" : ` (${points(this.#meanAtK - before)})`}`,
      `greedy ${percent(evaluation.greedy.value)}`,
    ];
    return `iteration ${iteration}  done          ${duration(seconds).padStart(7)}  ${parts.join(", ")}`;
  }
}

interface FinishedStep {
  readonly role: string;
  readonly number: number;
  readonly skipped: string | null;
  readonly reward: number;
}

const BAR = 30;

/** Two lines about now. `elapsed`: seconds since the work was asked for. */
export function liveLines({ now, share }: Progress, elapsed: number): readonly string[] {
  if (now === null) return [`waiting for the first step  ${duration(elapsed)}`];
  const done = Math.round(now.fraction * BAR);
  const left = now.secondsLeft === null ? "" : `  left ${duration(now.secondsLeft)}`;
  const where = [
    `iteration ${now.iteration ?? "?"} of ${now.iterations ?? "?"}`,
    now.phase ?? "",
    now.step === null ? "" : `step ${now.step}${now.steps === null ? "" : ` of ${now.steps}`}`,
    now.reward === null ? "" : `reward ${now.reward.toFixed(3)}`,
    share === null ? "" : `share ${share.toFixed(2)}`,
    now.tokensPerSecond === null ? "" : `${rate(now.tokensPerSecond)} tokens/s`,
  ];
  return [
    where.filter((part) => part !== "").join("  "),
    `${"█".repeat(done)}${"░".repeat(BAR - done)} ${Math.floor(now.fraction * 100)} %  elapsed ${duration(elapsed)}${left}`,
  ];
}
