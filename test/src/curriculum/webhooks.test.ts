import { expect, test } from "vitest";
import { AT, LATER, storedMessage } from "./records-of-a-run.ts";
import { open } from "./temporary-curriculum.ts";

const first = { limit: 20, after: null };
const AFTER = "2027-01-01T00:00:00.000Z";

test("what is stored comes back, and a secret only to who asks for it", () => {
  const c = open();
  const { endpoint, delivery, attempt } = storedMessage(c);
  expect(c.webhooks.getEndpoint(endpoint.id)).toEqual(endpoint);
  expect(c.webhooks.listEndpoints(first).data).toEqual([endpoint]);
  expect(c.webhooks.enabledEndpoints()).toEqual([endpoint]);
  expect(c.webhooks.getDelivery(delivery.id)).toEqual(delivery);
  expect(c.webhooks.attemptsOf(delivery.id)).toEqual([attempt]);
  expect(c.webhooks.secretsOf(endpoint.id)).toEqual([{ secret: "whsec_x", expiresAt: null }]);
  const list = (filter: Parameters<typeof c.webhooks.listDeliveries>[1]) =>
    c.webhooks.listDeliveries(first, filter).data;
  expect(list({ endpoint: endpoint.id, state: "pending", type: "operation.failed" })).toEqual([delivery]);
  expect([...list({ endpoint: "hook_x" }), ...list({ state: "failed" }), ...list({ type: "webhook.test" })]).toEqual(
    [],
  );
});

test("a message is due from its time on, while its endpoint is enabled", () => {
  const c = open();
  const { endpoint, delivery } = storedMessage(c);
  expect(c.webhooks.due(endpoint.id, AT, 9)).toEqual([]);
  expect(c.webhooks.nextDueAfter(AT)).toBe(LATER);
  expect(c.webhooks.due(endpoint.id, LATER, 9)).toEqual([delivery]);
  expect(c.webhooks.nextDueAfter(LATER)).toBeNull();
  c.webhooks.updateEndpoint(endpoint.id, { enabled: false, disabledReason: "switched off" });
  expect(c.webhooks.nextDueAfter(AT)).toBeNull();
  c.webhooks.failPending(endpoint.id, LATER);
  expect(c.webhooks.getDelivery(delivery.id)).toMatchObject({
    state: "failed",
    nextAttemptAt: null,
    finishedAt: LATER,
  });
});

test("what ended long ago goes, and with an endpoint everything about it", async () => {
  const c = open();
  const { endpoint, delivery } = storedMessage(c);
  await c.webhooks.removeEndedBefore(AFTER);
  expect(c.webhooks.findDelivery(delivery.id)).not.toBeNull();
  c.webhooks.updateDelivery(delivery.id, { state: "delivered", nextAttemptAt: null, finishedAt: LATER });
  await c.webhooks.removeEndedBefore(LATER);
  expect(c.webhooks.findDelivery(delivery.id)).not.toBeNull();
  await c.webhooks.removeEndedBefore(AFTER);
  expect(c.webhooks.findDelivery(delivery.id)).toBeNull();
  expect(c.webhooks.attemptsOf(delivery.id)).toEqual([]);
  for (let i = 0; i < 50; i++) c.webhooks.insertDelivery({ ...delivery, id: c.makeId("webhookDelivery") });
  await c.webhooks.deleteEndpoint(endpoint.id);
  expect(c.webhooks.findEndpoint(endpoint.id)).toBeNull();
  expect(c.webhooks.listDeliveries(first, {}).data).toEqual([]);
  await expect(c.webhooks.deleteEndpoint(endpoint.id)).rejects.toThrow("there is no webhook endpoint");
});

test("a message is either pending or ended", () => {
  const c = open();
  const { delivery } = storedMessage(c);
  for (const change of [{ state: "delivered" }, { nextAttemptAt: null }, { finishedAt: AT }, { round: 2 }] as const) {
    expect(() => c.webhooks.updateDelivery(delivery.id, change)).toThrow("constraint");
  }
});
