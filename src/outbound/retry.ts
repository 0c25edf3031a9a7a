/**
 * Calling again, by cockatiel: its policies compose, so that a caller can put a circuit breaker and a bulkhead inside
 * (`wrap(retries(...), breaker, bulkhead)`), and they judge results, not only exceptions. For retries within seconds;
 * those of webhooks go on for days and are rows in the database.
 */
import { DelegateBackoff, handleWhenResult, type IPolicy, retry } from "cockatiel";
import { isWorthRepeating, type JsonOutcome, type Outcome } from "./outcome.ts";

export interface RetryOptions {
  /** Calls in all, at least 1. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Repeats while the outcome is one that may pass. What it returns at the end is the last outcome. */
export function retries(options: RetryOptions): IPolicy {
  const backoff = new DelegateBackoff<{ readonly attempt: number; readonly result: unknown }>(({ attempt, result }) =>
    delayBefore(attempt, outcomeIn(result), options),
  );
  return retry(
    handleWhenResult((outcome) => isWorthRepeating(outcome as Outcome)),
    { maxAttempts: options.attempts - 1, backoff },
  ).dangerouslyUnref();
}

/**
 * Full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): u * min(max, first * 2^(n - 1)), u in [0, 1), so that
 * many callers that failed together do not return together; and not before Retry-After, within `maxDelayMs`.
 * `attempt`: 1 before the second call. In milliseconds.
 */
export function delayBefore(attempt: number, outcome: Outcome | JsonOutcome | null, options: RetryOptions): number {
  const { firstDelayMs, maxDelayMs, random } = options;
  const spread = random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1));
  const asked = outcome?.kind === "bad-status" ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.max(spread, Math.min(asked, maxDelayMs));
}

/** cockatiel hands on `{ value }` for a result, `{ error }` for an exception. */
function outcomeIn(result: unknown): Outcome | null {
  return typeof result === "object" && result !== null && "value" in result ? (result.value as Outcome) : null;
}

/**
 * Runs `call` under a policy. The signal ends it at once as `aborted`, also while the policy waits (cockatiel sleeps to
 * the end); `call` gets the signal too. Rejects with what the policy throws: BrokenCircuitError, BulkheadRejectedError.
 */
export async function runUnder<T extends Outcome | JsonOutcome>(
  policy: IPolicy,
  call: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T | Extract<Outcome, { kind: "aborted" }>> {
  const started = performance.now();
  const aborted = () => ({ kind: "aborted", ms: Math.round(performance.now() - started) }) as const;
  if (signal.aborted) return aborted();
  let stop!: () => void;
  const cut = new Promise<Extract<Outcome, { kind: "aborted" }>>((resolve) => {
    stop = () => resolve(aborted());
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([policy.execute(() => call(signal), signal), cut]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
