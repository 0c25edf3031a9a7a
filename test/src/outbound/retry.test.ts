import { ConsecutiveBreaker, circuitBreaker, handleWhenResult, wrap } from "cockatiel";
import { expect, test } from "vitest";
import { isWorthRepeating, type Outcome } from "../../../src/outbound/outcome.ts";
import { delayBefore, retries, runUnder } from "../../../src/outbound/retry.ts";

const bad = (status: number, retryAfterMs: number | null = null): Outcome => ({
  kind: "bad-status",
  status,
  body: "",
  retryAfterMs,
  ms: 1,
});
const fine: Outcome = { kind: "answered", status: 200, body: "", ms: 1 };
const down: Outcome = { kind: "connection-failed", code: "ECONNREFUSED", ms: 1 };
const never = new AbortController().signal;
const options = { attempts: 3, firstDelayMs: 4, maxDelayMs: 8, random: () => 0.5 };

/** Answers with the given outcomes, one after the other, and counts. */
function answering(...outcomes: Outcome[]) {
  const calls = { made: 0, call: async () => outcomes[Math.min(calls.made++, outcomes.length - 1)]! };
  return calls;
}

test("repeats what may pass, up to the number of attempts, and returns the last outcome", async () => {
  const passing = answering(down, bad(503), fine);
  expect(await runUnder(retries(options), passing.call, never)).toBe(fine);
  expect(passing.made).toBe(3);
  const staying = answering(down);
  expect(await runUnder(retries(options), staying.call, never)).toBe(down);
  expect(staying.made).toBe(3);
});

test("does not repeat what stays as it is", async () => {
  for (const status of [301, 400, 401, 404, 410, 422]) expect(isWorthRepeating(bad(status))).toBe(false);
  for (const status of [408, 425, 429, 500, 502, 503, 504]) expect(isWorthRepeating(bad(status))).toBe(true);
  const refused = answering({ kind: "address-refused", reason: "private", ms: 0 });
  await runUnder(retries(options), refused.call, never);
  expect(refused.made).toBe(1);
});

test("waits longer each time, by chance below a bound, and as long as it is asked to", () => {
  const bounds = { attempts: 9, firstDelayMs: 100, maxDelayMs: 1000, random: () => 1 };
  expect([1, 2, 3, 4, 5, 6].map((attempt) => delayBefore(attempt, down, bounds))).toEqual([
    100, 200, 400, 800, 1000, 1000,
  ]);
  expect(delayBefore(3, down, { ...bounds, random: () => 0.25 })).toBe(100);
  expect(delayBefore(1, bad(429, 700), bounds)).toBe(700);
  expect(delayBefore(1, bad(429, 86_400_000), bounds)).toBe(1000);
  expect(delayBefore(1, null, bounds)).toBe(100);
});

test("a signal ends the waiting at once", async () => {
  const slow = answering(bad(503, 60_000));
  const policy = retries({ attempts: 5, firstDelayMs: 60_000, maxDelayMs: 60_000, random: () => 1 });
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 20);
  expect((await runUnder(policy, slow.call, abort.signal)).kind).toBe("aborted");
  expect((await runUnder(policy, slow.call, abort.signal)).kind).toBe("aborted");
  expect(slow.made).toBe(1);
});

test("a circuit breaker inside opens after failures and is what the caller sees", async () => {
  const breaker = circuitBreaker(
    handleWhenResult((outcome) => isWorthRepeating(outcome as Outcome)),
    { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(2) },
  );
  const staying = answering(down);
  const policy = wrap(retries({ ...options, attempts: 2 }), breaker);
  expect(await runUnder(policy, staying.call, never)).toBe(down);
  await expect(runUnder(policy, staying.call, never)).rejects.toThrow(
    "Execution prevented because the circuit breaker is open",
  );
  expect(staying.made).toBe(2);
});
