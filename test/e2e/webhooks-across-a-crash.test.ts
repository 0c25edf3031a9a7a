/** The service as a process that is killed between an event and its delivery. */
import { Webhook } from "standardwebhooks";
import { afterEach, expect, test } from "vitest";
import { endStarted, startServiceProcess } from "../support/service-process.ts";
import { startReceiver } from "../support/webhook-receiver.ts";

afterEach(endStarted);

interface Shown {
  readonly code: string;
  readonly field: string;
  readonly secret: string;
  readonly endpoint: { readonly id: string };
  readonly operation: { readonly id: string };
  readonly state: string;
}

test("a message survives the process that wrote it, and its secret is in no log line", {
  timeout: 60_000,
}, async () => {
  const receiver = await startReceiver(() => 503);
  const environment = { RZERO_MODELS_DIR: "models", RZERO_OUTBOUND_ALLOW: "127.0.0.1", RZERO_LOG_LEVEL: "debug" };
  const killed = startServiceProcess(environment);
  let url = await killed.listening();
  const post = async (path: string, body: unknown) => {
    const headers = { "content-type": "application/json", accept: "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Shown };
  };
  const refused = await post("/v1/webhook-endpoints", { url: "http://10.0.0.1/hook" });
  expect([refused.status, refused.body.code, refused.body.field]).toEqual([422, "invalid-value", "url"]);
  const { secret, endpoint } = (await post("/v1/webhook-endpoints", { url: receiver.url })).body;
  expect(secret).toMatch(/^whsec_/);

  const { operation } = (await post("/v1/iterations", {})).body;
  await post(`/v1/operations/${operation.id}/cancel`, {});
  const [first] = await receiver.received(1);
  killed.child.kill("SIGKILL");
  await killed.exit;

  receiver.answer(() => 204);
  const restarted = startServiceProcess({ ...environment, RZERO_DATA_DIR: killed.data });
  url = await restarted.listening();
  await receiver.received(2);
  const [, second] = receiver.messages;
  expect([second!.id, second!.body]).toEqual([first!.id, first!.body]);
  expect(new Webhook(secret).verify(second!.body, second!.headers as Record<string, string>)).toMatchObject({
    type: "operation.cancelled",
    data: { operationId: operation.id },
  });
  const read = async (path: string) => (await (await fetch(url + path)).json()) as Shown;
  await expect.poll(async () => (await read(`/v1/webhook-deliveries/${first!.id}`)).state).toBe("delivered");
  const shown = JSON.stringify([
    await read(`/v1/webhook-endpoints/${endpoint.id}`),
    await read("/v1/webhook-endpoints"),
    await read(`/v1/webhook-deliveries/${first!.id}`),
  ]);
  restarted.child.kill("SIGTERM");
  expect(await restarted.exit).toBe(0);
  for (const text of [shown, killed.output.out, killed.output.err, restarted.output.out, restarted.output.err]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(secret.slice("whsec_".length));
  }
  for (const text of [killed.output.out, restarted.output.out]) expect(text).not.toContain("of-the-url");
  await receiver.close();
});
