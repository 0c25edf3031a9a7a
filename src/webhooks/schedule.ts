/** What an attempt means for its message and its endpoint. Pure. */
import { isWorthRepeating, type Outcome } from "../outbound/outcome.ts";
import type { WebhookDelivery, WebhookEndpoint } from "../records/webhook.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Pauses before the second, third, ... attempt, as Standard Webhooks suggests ("Deliverability and reliability"): ten
 * attempts over three days. Each is stretched by up to a tenth, so that what failed together does not return together.
 */
export const PAUSES: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
const JITTER = 0.1;

/** An endpoint at which nothing has succeeded for this long is disabled. */
export const GIVE_UP_AFTER = 5 * 24 * HOUR;

export interface Verdict {
  readonly delivery: Pick<WebhookDelivery, "state" | "attempts" | "round" | "nextAttemptAt" | "finishedAt">;
  /** What changes at the endpoint. */
  readonly endpoint: Partial<Pick<WebhookEndpoint, "failingSince" | "enabled" | "disabledReason">>;
}

/** A receiver that has answered 2xx has it, also where its answer was too long to read. */
export function isDelivered(outcome: Outcome): boolean {
  return (
    outcome.kind === "answered" || (outcome.kind === "too-large" && outcome.status >= 200 && outcome.status <= 299)
  );
}

/** `at`: when the attempt ended. `random` in [0, 1). An aborted attempt is none: do not ask about it. */
export function verdictOn(
  delivery: WebhookDelivery,
  endpoint: Pick<WebhookEndpoint, "failingSince" | "enabled">,
  outcome: Outcome,
  at: Date,
  random: number,
): Verdict {
  const now = at.toISOString();
  const counted = { attempts: delivery.attempts + 1, round: delivery.round + 1 };
  const ended = { ...counted, nextAttemptAt: null, finishedAt: now };
  const isTest = delivery.type === "webhook.test";
  if (isDelivered(outcome)) {
    return {
      delivery: { ...ended, state: "delivered" },
      endpoint: isTest || !endpoint.enabled ? {} : { failingSince: null },
    };
  }
  // A test is one attempt; and nothing more is sent to an endpoint that was switched off meanwhile.
  if (isTest || !endpoint.enabled) return { delivery: { ...ended, state: "failed" }, endpoint: {} };
  const failingSince = endpoint.failingSince ?? now;
  const disabledReason = reasonToDisable(outcome, at.getTime() - Date.parse(failingSince), failingSince);
  if (disabledReason !== null) {
    return { delivery: { ...ended, state: "failed" }, endpoint: { failingSince, enabled: false, disabledReason } };
  }
  const pause = PAUSES[delivery.round];
  if (pause === undefined) return { delivery: { ...ended, state: "failed" }, endpoint: { failingSince } };
  const asked = isWorthRepeating(outcome) && outcome.kind === "bad-status" ? (outcome.retryAfterMs ?? 0) : 0;
  const wait = Math.max(pause * (1 + JITTER * random), Math.min(asked, 24 * HOUR));
  const nextAttemptAt = new Date(at.getTime() + wait).toISOString();
  return { delivery: { ...counted, state: "pending", nextAttemptAt, finishedAt: null }, endpoint: { failingSince } };
}

function reasonToDisable(outcome: Outcome, failingMs: number, since: string): string | null {
  // Standard Webhooks: 410 means that the receiver wants no more.
  if (outcome.kind === "bad-status" && outcome.status === 410) return "it answered 410 Gone";
  return failingMs >= GIVE_UP_AFTER ? `every attempt has failed since ${since}` : null;
}
