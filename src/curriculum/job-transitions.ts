/** Which states a job (operation, iteration, phase) may go to. The only place that says so. */
import type { JobState } from "../records/records.ts";
import { CurriculumError } from "./curriculum-error.ts";

export const JOB_TRANSITIONS = {
  queued: ["running", "paused", "failed", "cancelled"],
  // Back to queued: its process died, or it makes room; the next runner resumes it.
  running: ["queued", "paused", "completed", "failed", "cancelled"],
  // Somebody asked it to wait, and will say when it may go on.
  paused: ["queued", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<JobState, readonly JobState[]>;

export function checkTransition(what: string, from: JobState, to: JobState): void {
  if ((JOB_TRANSITIONS[from] as readonly JobState[]).includes(to)) return;
  throw new CurriculumError("invalid-transition", `${what} is ${from} and cannot become ${to}`, {
    value: { from, to },
  });
}

export const isEnded = (state: JobState): boolean => JOB_TRANSITIONS[state].length === 0;
