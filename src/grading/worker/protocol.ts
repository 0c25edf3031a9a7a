/** What the grader and its child process say to each other; structured clones. */
import type { AnswerPair } from "../grader.ts";
import type { Verdict } from "../verdict.ts";

export interface ToWorker {
  readonly pairs: readonly AnswerPair[];
}

/** `ready` once, then one answer per request, in order. */
export type FromWorker = { readonly ready: true } | { readonly verdicts: readonly Verdict[] };
