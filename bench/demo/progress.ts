/** What the events of an operation add up to: where it is now, and one line for everything that is finished. */
import type { z } from "zod";
import { IterationData, PhaseData, ProgressData, StepData } from "./event-data.ts";
import type { WireEvaluation, WireEvent } from "./wire.ts";
import { duration, percent, points, rate } from "./wording.ts";

export type FinishedPhase = z.infer<typeof PhaseData>;

export class Progress {
  /** Null until the work reported for the first time. */
  now: z.infer<typeof ProgressData> | null = null;
  /** Mean majority share of the last finished iteration's pool. */
  share: number | null = null;
  readonly phases: FinishedPhase[] = [];
  #rewards: number[] = [];
  #meanAtK: number | null = null;

  /** Lines to keep, if the event finished something. */
  take({ type, data }: WireEvent): readonly string[] {
    switch (type) {
      case "progress":
        this.now = ProgressData.safeParse(data).data ?? this.now;
        return [];
      case "phase.started":
        this.#rewards = [];
        return [];
      case "step.completed":
        return this.#step(StepData.safeParse(data).data);
      case "phase.completed":
        return this.#phase(PhaseData.safeParse(data).data);
      case "iteration.completed":
        return this.#iteration(IterationData.safeParse(data).data);
      default:
        return [];
    }
  }

  /** The base's score: a line, and what the first iteration is compared with. No event carries it. */
  takeBase({ k, meanAtK, greedy }: WireEvaluation): string {
    this.#meanAtK = meanAtK.value;
    return line("base", "", "", `mean@${k} ${percent(meanAtK.value)}, greedy ${percent(greedy.value)}`);
  }

  #step(step: z.infer<typeof StepData> | undefined): readonly string[] {
    if (step === undefined) return [];
    if (step.skipped !== null)
      return [line("", "", "", `${step.role} step ${step.number}, no update: ${step.skipped}`)];
    this.#rewards.push(step.reward);
    return [];
  }

  #phase(phase: FinishedPhase | undefined): readonly string[] {
    if (phase === undefined) return [];
    this.phases.push(phase);
    const [first] = this.#rewards;
    const last = this.#rewards.at(-1);
    const rewards =
      first === undefined || last === undefined
        ? ""
        : `${this.#rewards.length} steps, reward ${first.toFixed(3)} -> ${last.toFixed(3)}`;
    this.#rewards = [];
    return [line(`iteration ${phase.iteration}`, phase.phase, duration(phase.seconds), rewards)];
  }

  #iteration(finished: z.infer<typeof IterationData> | undefined): readonly string[] {
    if (finished === undefined) return [];
    const { evaluation, kept, proposed, meanMajorityShare, labelAccuracy } = finished.metrics;
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
    const took = finished.seconds === null ? "" : duration(finished.seconds);
    return [line(`iteration ${finished.iteration}`, "done", took, parts.join(", "))];
  }
}

/** In columns, so that lines of one kind stand below each other. */
const line = (what: string, part: string, took: string, rest: string): string =>
  `${what.padEnd(12)}  ${part.padEnd(13)}  ${took.padStart(7)}  ${rest}`.trimEnd();

const BAR = 30;

/** Two lines about now. `elapsed`: seconds since the work was asked for. */
export function liveLines({ now, share }: Pick<Progress, "now" | "share">, elapsed: number): readonly string[] {
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
