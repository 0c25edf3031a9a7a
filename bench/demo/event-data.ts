/**
 * What the events of iterations carry, as far as the demo shows it. The contract leaves an event's data open, so it is
 * checked here: an event of another shape is passed over, never misread.
 */
import { z } from "zod";

const number = z.number();

export const ProgressData = z.object({
  iteration: number.nullable(),
  iterations: number.nullable(),
  phase: z.string().nullable(),
  step: number.nullable(),
  steps: number.nullable(),
  fraction: number,
  secondsLeft: number.nullable(),
  reward: number.nullable(),
  tokensPerSecond: number.nullable(),
});

export const StepData = z.object({
  role: z.string(),
  number,
  skipped: z.string().nullable(),
  reward: number,
});

export const PhaseData = z.object({ iteration: number, phase: z.string(), seconds: number });

const interval = z.object({ value: number });

export const IterationData = z.object({
  iteration: number,
  seconds: number.nullable(),
  metrics: z.object({
    proposed: number,
    kept: number,
    meanMajorityShare: number,
    labelAccuracy: number.nullable(),
    evaluation: z.object({ k: number, meanAtK: interval, greedy: interval }),
  }),
});
