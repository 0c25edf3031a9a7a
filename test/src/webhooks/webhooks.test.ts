/** Webhooks over real ports: services over a real database on one side, a receiver on the other. */
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ServicesUnderTest,
  smallRun,
  startServices,
  type TestOptions,
} from "../../support/services-under-test.ts";
import { startReceiver } from "../../support/webhook-receiver.ts";

const first = { limit: 200, after: null };
const minute = 60_000;

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let tested: ServicesUnderTest;
/** How far the services' clock is ahead. */
let ahead: number;
let run: string;

const start = async (options: TestOptions = {}) => {
  tested = await startServices({ now: () => new Date(Date.now() + ahead), ...options });
};
beforeEach(async () => {
  ahead = 0;
  receiver = await startReceiver();
  await start();
  run = (await tested.services.runs.create({ seed: 3, overrides: smallRun })).id;
});
afterEach(async () => {
  await tested.remove();
  await receiver.close();
});

/** Something that ends at once: an operation, cancelled before it ran. Told as operation.cancelled. */
async function cancelSomething(): Promise<string> {
  const { services } = tested;
  const { operation } = await services.iterations.start({ run });
  await services.operations.cancel(operation.id);
  return operation.id;
}
const settled = async (id: string, state: string) => {
  await expect.poll(() => tested.services.webhooks.delivery(id).delivery.state, { timeout: 5000 }).toBe(state);
  return tested.services.webhooks.delivery(id);
};

test("an iteration is told: signed, each thing once, and in the words of its events", async () => {
  const { services } = tested;
  const events = ["operation.started", "iteration.completed", "checkpoint.created", "operation.completed"] as const;
  const { endpoint, secret } = await services.webhooks.create({ url: receiver.url, events });
  const { operation, iterations } = await services.iterations.start({ run });
  await tested.ended(operation);
  await receiver.received(5);
  for (const { body, headers } of receiver.messages) {
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
  }
  const told = receiver.messages.map(({ message }) => message).sort((a, b) => a.data.sequence - b.data.sequence);
  expect(told.map(({ type }) => type)).toEqual([events[0], events[2], events[2], events[1], events[3]]);
  for (const { data } of told)
    expect(data).toMatchObject({ operationId: operation.id, runId: run, kind: "iterations" });
  const [iteration] = [services.iterations.get(iterations[0]!.id)];
  expect(told.filter(({ type }) => type === events[2]).map(({ data }) => data.checkpoint)).toEqual([
    iteration.challengerTo,
    iteration.solverTo,
  ]);
  expect(told[3].data.metrics).toMatchObject({ proposed: 40 });
  expect(told[0].data.mark).toBeUndefined();
  const deliveries = services.webhooks.deliveries(first, { endpoint: endpoint.id }).data;
  expect(new Set(deliveries.map(({ id }) => id))).toEqual(new Set(receiver.messages.map(({ id }) => id)));
  expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(5);
});

test("what fails is sent again with the same id and a new timestamp, and every attempt can be read", async () => {
  const { services } = tested;
  receiver.answer(() => 503);
  const { endpoint } = await services.webhooks.create({ url: receiver.url });
  const operationId = await cancelSomething();
  const [sent] = await receiver.received(1);
  await expect.poll(() => services.webhooks.get(endpoint.id).failingSince).not.toBeNull();
  const [delivery] = services.webhooks.deliveries(first, {}).data;
  expect(delivery).toMatchObject({
    id: sent!.id,
    type: "operation.cancelled",
    operationId,
    state: "pending",
    attempts: 1,
  });
  const pause = Date.parse(delivery!.nextAttemptAt!) - Date.parse(delivery!.createdAt);
  expect(pause).toBeGreaterThanOrEqual(5000);
  expect(pause).toBeLessThan(6500);

  receiver.answer(() => 204);
  ahead = 10_000;
  await cancelSomething();
  await receiver.received(3);
  const { attempts } = await settled(sent!.id, "delivered");
  expect(attempts).toMatchObject([
    { number: 1, outcome: "bad-status", status: 503, message: "answered 503: no thanks", response: "no thanks" },
    { number: 2, outcome: "answered", status: 204, response: "" },
  ]);
  const both = receiver.messages.filter(({ id }) => id === sent!.id);
  expect(both).toHaveLength(2);
  expect(both[1]!.body).toBe(both[0]!.body);
  expect(both[1]!.headers["webhook-timestamp"]).not.toBe(both[0]!.headers["webhook-timestamp"]);
  expect(services.webhooks.get(endpoint.id).failingSince).toBeNull();
});

test("after a restart what waited is sent, and what was under way is sent again", async () => {
  receiver.answer(() => "hang");
  await tested.services.webhooks.create({ url: receiver.url });
  await cancelSomething();
  const [cutOff] = await receiver.received(1);
  const { directory } = tested;
  await tested.stop();
  receiver.answer(() => 204);
  await start({ directory });
  await receiver.received(2);
  expect(receiver.messages.map(({ id }) => id)).toEqual([cutOff!.id, cutOff!.id]);
  const { delivery, attempts } = await settled(cutOff!.id, "delivered");
  expect([delivery.attempts, attempts.length]).toEqual([1, 1]);
});

test("the message is in the database if and only if the event is", async () => {
  const { curriculum, services } = tested;
  await services.webhooks.create({ url: receiver.url });
  const operationId = await cancelSomething();
  await receiver.received(1);
  curriculum.webhooks.insertDelivery = () => {
    throw new Error("the disk is full");
  };
  const { operation } = await services.iterations.start({ run });
  await expect(services.operations.cancel(operation.id)).rejects.toThrow("the disk is full");
  expect(services.operations.get(operation.id).state).not.toBe("cancelled");
  expect(services.operations.events(operation.id, 0, 10).map(({ type }) => type)).not.toContain("operation.cancelled");
  expect(services.webhooks.deliveries(first, {}).data.map((each) => each.operationId)).toEqual([operationId]);
});

test("an attempt that cannot be recorded is not made again at once", async () => {
  const { curriculum, services } = tested;
  await services.webhooks.create({ url: receiver.url });
  const { insertAttempt } = curriculum.webhooks;
  curriculum.webhooks.insertAttempt = () => {
    throw new Error("the disk is full");
  };
  await cancelSomething();
  await receiver.received(1);
  await expect.poll(() => tested.logged).toContain("a webhook attempt could not be recorded");
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(receiver.messages).toHaveLength(1);
  curriculum.webhooks.insertAttempt = insertAttempt;
  // Other messages are not held up.
  await cancelSomething();
  await receiver.received(2);
});

test("one endpoint that hangs keeps no other waiting", async () => {
  const other = await startReceiver();
  receiver.answer(() => "hang");
  await tested.services.webhooks.create({ url: receiver.url });
  await tested.services.webhooks.create({ url: other.url });
  for (let i = 0; i < 6; i++) await cancelSomething();
  await other.received(6);
  // Four at once and no more.
  expect(receiver.messages).toHaveLength(4);
  await other.close();
});

describe("an endpoint", () => {
  test("is told only what it asked for, and by default how things ended", async () => {
    const { endpoint } = await tested.services.webhooks.create({ url: receiver.url });
    expect(endpoint.events).toEqual([
      "operation.completed",
      "operation.failed",
      "operation.cancelled",
      "iteration.completed",
      "checkpoint.created",
    ]);
    await tested.services.webhooks.update(endpoint.id, { events: ["operation.failed", "operation.failed"] });
    expect(tested.services.webhooks.get(endpoint.id).events).toEqual(["operation.failed"]);
    await cancelSomething();
    expect(tested.services.webhooks.deliveries(first, {}).data).toEqual([]);
  });

  test("cannot be where only this machine can reach it", async () => {
    const { webhooks } = tested.services;
    for (const url of [
      "http://10.0.0.1/",
      "http://169.254.169.254/latest",
      "ftp://hooks.example/",
      "https://u:p@hooks.example/",
    ]) {
      await expect(webhooks.create({ url })).rejects.toMatchObject({ code: "invalid-value", field: "url" });
    }
    const { endpoint } = await webhooks.create({ url: receiver.url });
    expect(() => webhooks.update(endpoint.id, { url: "http://192.168.0.1/" })).toThrow("private address");
  });

  test("is tested at once, also while it is off", async () => {
    const { webhooks } = tested.services;
    const { endpoint, secret } = await webhooks.create({ url: receiver.url });
    webhooks.update(endpoint.id, { enabled: false });
    const { delivery, attempts } = await webhooks.test(endpoint.id);
    expect(delivery).toMatchObject({ type: "webhook.test", state: "delivered", attempts: 1, operationId: null });
    expect(attempts).toMatchObject([{ status: 204 }]);
    const [sent] = receiver.messages;
    expect(new Webhook(secret).verify(sent!.body, sent!.headers as Record<string, string>)).toMatchObject({
      type: "webhook.test",
      data: { endpointId: endpoint.id },
    });
    receiver.answer(() => 500);
    expect((await webhooks.test(endpoint.id)).delivery).toMatchObject({ state: "failed", nextAttemptAt: null });
  });

  test("signs with both secrets for a day after one was replaced", async () => {
    const { webhooks } = tested.services;
    const { endpoint, secret: old } = await webhooks.create({ url: receiver.url });
    const { secret: fresh } = webhooks.rotateSecret(endpoint.id);
    const verifies = (secret: string) => {
      const { body, headers } = receiver.messages.at(-1)!;
      try {
        new Webhook(secret).verify(body, {
          ...(headers as Record<string, string>),
          "webhook-timestamp": String(headers["webhook-timestamp"]),
        });
        return true;
      } catch {
        return false;
      }
    };
    await webhooks.test(endpoint.id);
    expect([verifies(old), verifies(fresh)]).toEqual([true, true]);
    const { secret: third } = webhooks.rotateSecret(endpoint.id);
    await webhooks.test(endpoint.id);
    expect([verifies(old), verifies(fresh), verifies(third)]).toEqual([false, true, true]);
    ahead = 24 * 60 * minute;
    await webhooks.test(endpoint.id);
    const signatures = String(receiver.messages.at(-1)!.headers["webhook-signature"]);
    expect(signatures.split(" ")).toHaveLength(1);
  });

  test("that answers 410 is disabled, with what waited for it, until it is switched on again", async () => {
    const { webhooks } = tested.services;
    const { endpoint } = await webhooks.create({ url: receiver.url });
    receiver.answer(() => 500);
    await cancelSomething();
    await receiver.received(1);
    receiver.answer(() => 410);
    await cancelSomething();
    await receiver.received(2);
    await expect.poll(() => webhooks.get(endpoint.id).enabled).toBe(false);
    expect(webhooks.get(endpoint.id).disabledReason).toBe("it answered 410 Gone");
    const ended = webhooks.deliveries(first, {}).data;
    expect(ended.map(({ state }) => state)).toEqual(["failed", "failed"]);
    await cancelSomething();
    expect(webhooks.deliveries(first, {}).data).toHaveLength(2);
    expect(() => webhooks.resend(ended[0]!.id)).toThrow("is disabled: it answered 410 Gone");

    receiver.answer(() => 204);
    expect(webhooks.update(endpoint.id, { enabled: true })).toMatchObject({ disabledReason: null, failingSince: null });
    expect(webhooks.resend(ended[0]!.id).delivery).toMatchObject({ state: "pending", round: 0, attempts: 1 });
    expect((await settled(ended[0]!.id, "delivered")).attempts.map(({ status }) => status)).toEqual([410, 204]);
    expect(receiver.messages.at(-1)!.id).toBe(ended[0]!.id);
  });

  test("goes with its deliveries, also while one is under way", async () => {
    const { webhooks } = tested.services;
    receiver.answer(() => "hang");
    const { endpoint } = await webhooks.create({ url: receiver.url });
    await cancelSomething();
    const [sent] = await receiver.received(1);
    await webhooks.delete(endpoint.id);
    expect(() => webhooks.get(endpoint.id)).toThrow("there is no webhook endpoint");
    expect(() => webhooks.delivery(sent!.id)).toThrow("there is no webhook delivery");
    await tested.stop();
    expect(tested.logged).toEqual([]);
    await start({ directory: tested.directory });
  });
});
