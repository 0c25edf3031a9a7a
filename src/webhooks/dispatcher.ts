/**
 * Delivers what is in the outbox: at least once, in no promised order, each endpoint at its own pace. All that is to be
 * done is in the database, so a restart goes on where the last process stopped; an attempt that was cut off is made again.
 */
import type { Curriculum } from "../curriculum/curriculum.ts";
import type { Outbound } from "../outbound/outbound.ts";
import { describeOutcome, excerpt, type Outcome } from "../outbound/outcome.ts";
import { signedHeaders, signing } from "../outbound/signature.ts";
import type { WebhookDelivery } from "../records/webhook.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { verdictOn } from "./schedule.ts";

/** Attempts at once, of one endpoint and in all: an endpoint that hangs keeps nobody else waiting. */
const PER_ENDPOINT = 4;
const IN_ALL = 32;
/** Standard Webhooks: 15 to 30 seconds. */
const DEADLINE_MS = 15_000;
const MAX_RESPONSE_BYTES = 64 * 1024;
/** setTimeout holds 2^31 ms; and a clock that was set is noticed. */
const LONGEST_SLEEP_MS = 60_000;
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

export interface DispatcherParts {
  readonly curriculum: Curriculum;
  readonly outbound: Outbound;
  readonly now: () => Date;
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

export class WebhookDispatcher {
  readonly #parts: DispatcherParts;
  /** Delivery -> endpoint. */
  readonly #inFlight = new Map<string, string>();
  readonly #attempts = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #pass: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastCleaning = Number.NEGATIVE_INFINITY;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Looks for work soon: after the transaction that may be under way. */
  wake(): void {
    if (this.#pass !== null || this.#stopped.signal.aborted) return;
    this.#pass = setImmediate(() => {
      this.#pass = null;
      try {
        this.#startDue();
      } catch (err) {
        this.#parts.log.error({ err }, "webhook messages could not be read");
        this.#sleepUntil(null);
      }
    });
  }

  /** Attempts it now, whatever the schedule says; resolves when the attempt is recorded. */
  attemptNow(delivery: WebhookDelivery): Promise<void> {
    return this.#track(delivery);
  }

  /** Gives up the attempts under way; they count as not made. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    if (this.#pass !== null) clearImmediate(this.#pass);
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all(this.#attempts);
  }

  #startDue(): void {
    if (this.#stopped.signal.aborted) return;
    const { webhooks } = this.#parts.curriculum;
    const now = this.#parts.now().toISOString();
    for (const { id } of webhooks.enabledEndpoints()) {
      const busy = [...this.#inFlight.values()].filter((endpoint) => endpoint === id).length;
      const free = Math.min(PER_ENDPOINT - busy, IN_ALL - this.#inFlight.size);
      if (free <= 0) continue;
      const waiting = webhooks.due(id, now, busy + free).filter((delivery) => !this.#inFlight.has(delivery.id));
      for (const delivery of waiting.slice(0, free)) void this.#track(delivery);
    }
    this.#sleepUntil(webhooks.nextDueAfter(now));
    this.#clean();
  }

  #sleepUntil(time: string | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const wait = time === null ? LONGEST_SLEEP_MS : Date.parse(time) - this.#parts.now().getTime() + 1;
    this.#timer = setTimeout(() => this.wake(), Math.min(Math.max(wait, 0), LONGEST_SLEEP_MS));
    this.#timer.unref();
  }

  #track(delivery: WebhookDelivery): Promise<void> {
    this.#inFlight.set(delivery.id, delivery.endpointId);
    const settle = () => {
      this.#inFlight.delete(delivery.id);
      this.wake();
    };
    const attempt = this.#attempt(delivery)
      .then(settle, (err: unknown) => {
        this.#parts.log.error({ err, delivery: delivery.id }, "a webhook attempt could not be recorded");
        // It is still due: without a pause, a full disk would send it for ever, as fast as the receiver answers.
        setTimeout(settle, LONGEST_SLEEP_MS).unref();
      })
      .finally(() => this.#attempts.delete(attempt));
    this.#attempts.add(attempt);
    return attempt;
  }

  async #attempt(delivery: WebhookDelivery): Promise<void> {
    const { curriculum, outbound, now, telemetry } = this.#parts;
    const endpoint = curriculum.webhooks.findEndpoint(delivery.endpointId);
    if (endpoint === null) return;
    const started = now();
    const { id, body } = delivery;
    const secrets = signing(curriculum.webhooks.secretsOf(endpoint.id), started);
    const outcome = await outbound.post({
      url: endpoint.url,
      body,
      headers: signedHeaders({ id, at: started, body, secrets }),
      deadlineMs: DEADLINE_MS,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      signal: this.#stopped.signal,
    });
    if (outcome.kind === "aborted") return;
    telemetry.record({ kind: "webhook-attempted", outcome: outcome.kind, seconds: outcome.ms / 1000 });
    this.#record(delivery.id, started, outcome);
  }

  #record(deliveryId: string, started: Date, outcome: Outcome): void {
    const { curriculum, now, random, log } = this.#parts;
    const { webhooks } = curriculum;
    curriculum.transaction(() => {
      // As they are now: both may have been changed or deleted while the receiver took its time.
      const delivery = webhooks.findDelivery(deliveryId);
      if (delivery === null) return;
      const endpoint = webhooks.getEndpoint(delivery.endpointId);
      const at = now();
      const verdict = verdictOn(delivery, endpoint, outcome, at, random());
      webhooks.insertAttempt({
        deliveryId,
        number: verdict.delivery.attempts,
        startedAt: started.toISOString(),
        milliseconds: outcome.ms,
        outcome: outcome.kind,
        status: "status" in outcome ? outcome.status : null,
        message: describeOutcome(outcome),
        response: "body" in outcome ? excerpt(outcome.body) : null,
      });
      webhooks.updateDelivery(deliveryId, verdict.delivery);
      webhooks.updateEndpoint(endpoint.id, { failingSince: endpoint.failingSince, ...verdict.endpoint });
      const fields = { endpoint: endpoint.id, delivery: deliveryId, outcome: outcome.kind };
      if (verdict.endpoint.enabled === false) {
        webhooks.failPending(endpoint.id, at.toISOString());
        log.warn({ ...fields, reason: verdict.endpoint.disabledReason }, "a webhook endpoint was disabled");
      } else if (verdict.delivery.state === "failed") {
        log.warn(fields, "a webhook message was given up");
      }
    });
  }

  /** Once a day: messages that ended a month ago go. */
  #clean(): void {
    const now = this.#parts.now().getTime();
    if (now - this.#lastCleaning < 24 * 60 * 60 * 1000) return;
    this.#lastCleaning = now;
    const cleaning = this.#parts.curriculum.webhooks
      .removeEndedBefore(new Date(now - KEPT_MS).toISOString())
      .catch((err: unknown) => this.#parts.log.error({ err }, "old webhook messages could not be removed"))
      .finally(() => this.#attempts.delete(cleaning));
    this.#attempts.add(cleaning);
  }
}
