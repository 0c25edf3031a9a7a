import { expect, test } from "vitest";
import type { Outcome } from "../../../src/outbound/outcome.ts";
import type { WebhookDelivery } from "../../../src/records/webhook.ts";
import { GIVE_UP_AFTER, PAUSES, verdictOn } from "../../../src/webhooks/schedule.ts";

const at = new Date("2026-08-22T09:30:00.000Z");
const after = (ms: number) => new Date(at.getTime() + ms).toISOString();
const fine: Outcome = { kind: "answered", status: 204, body: "", ms: 3 };
const bad = (status: number, retryAfterMs: number | null = null): Outcome => ({
  kind: "bad-status",
  status,
  body: "",
  retryAfterMs,
  ms: 3,
});
const fresh: WebhookDelivery = {
  id: "msg_1",
  endpointId: "hook_1",
  type: "operation.failed",
  operationId: "op_1",
  body: "{}",
  state: "pending",
  attempts: 0,
  round: 0,
  nextAttemptAt: at.toISOString(),
  createdAt: at.toISOString(),
  finishedAt: null,
};
const healthy = { failingSince: null, enabled: true };

test("ten attempts over three days, each pause stretched by up to a tenth", () => {
  expect(PAUSES.reduce((sum, pause) => sum + pause) / 3_600_000).toBeCloseTo(75.58, 1);
  let delivery = fresh;
  for (const pause of PAUSES) {
    const verdict = verdictOn(delivery, healthy, bad(500), at, 0.5);
    expect(verdict.delivery).toMatchObject({ state: "pending", nextAttemptAt: after(pause * 1.05), finishedAt: null });
    delivery = { ...delivery, ...verdict.delivery };
  }
  expect(verdictOn(delivery, healthy, bad(500), at, 0).delivery).toEqual({
    state: "failed",
    attempts: 10,
    round: 10,
    nextAttemptAt: null,
    finishedAt: at.toISOString(),
  });
});

test("a message that is sent again starts from the beginning and keeps counting", () => {
  const again = { ...fresh, attempts: 10, round: 0 };
  const { delivery } = verdictOn(again, healthy, bad(404), at, 0);
  expect(delivery).toMatchObject({ state: "pending", attempts: 11, round: 1, nextAttemptAt: after(5000) });
});

test("success ends it and the endpoint's failing", () => {
  const failing = { failingSince: after(-1000), enabled: true };
  for (const outcome of [fine, { kind: "too-large", status: 200, limit: 9, ms: 1 } as const]) {
    expect(verdictOn(fresh, failing, outcome, at, 0)).toMatchObject({
      delivery: { state: "delivered", attempts: 1, nextAttemptAt: null },
      endpoint: { failingSince: null },
    });
  }
  expect(verdictOn(fresh, healthy, { kind: "too-large", status: 500, limit: 9, ms: 1 }, at, 0).delivery.state).toBe(
    "pending",
  );
});

test("Retry-After lengthens a pause, up to a day, and shortens none", () => {
  const next = (outcome: Outcome, delivery = fresh) =>
    verdictOn(delivery, healthy, outcome, at, 0).delivery.nextAttemptAt;
  expect(next(bad(503, 60_000))).toBe(after(60_000));
  expect(next(bad(429, 1e12))).toBe(after(24 * 3_600_000));
  expect(next(bad(503, 1000))).toBe(after(5000));
});

test("an endpoint at which nothing succeeds for five days is disabled, and one that answers 410 at once", () => {
  const since = (ms: number) => ({ failingSince: after(-ms), enabled: true });
  expect(verdictOn(fresh, since(GIVE_UP_AFTER - 1), bad(500), at, 0).endpoint.enabled).toBeUndefined();
  expect(verdictOn(fresh, since(GIVE_UP_AFTER), bad(500), at, 0)).toMatchObject({
    delivery: { state: "failed" },
    endpoint: { enabled: false, disabledReason: expect.stringContaining("every attempt has failed since 2026-08-17") },
  });
  expect(verdictOn(fresh, healthy, bad(410), at, 0)).toMatchObject({
    delivery: { state: "failed" },
    endpoint: { enabled: false, disabledReason: "it answered 410 Gone", failingSince: at.toISOString() },
  });
});

test("a test is one attempt and says nothing of the endpoint; one that was switched off is left alone", () => {
  const trial = { ...fresh, type: "webhook.test" as const };
  for (const outcome of [fine, bad(410), bad(500)]) {
    const verdict = verdictOn(trial, { failingSince: after(-GIVE_UP_AFTER), enabled: true }, outcome, at, 0);
    expect(verdict).toMatchObject({ delivery: { nextAttemptAt: null }, endpoint: {} });
    expect(verdict.endpoint).toEqual({});
  }
  const off = verdictOn(fresh, { failingSince: null, enabled: false }, bad(500), at, 0);
  expect([off.delivery.state, off.endpoint]).toEqual(["failed", {}]);
});
