/** Webhooks in memory: nothing is sent; every test succeeds. */
import type { WebhookAttempt, WebhookDelivery, WebhookEndpoint } from "../../../src/records/webhook.ts";
import { ServiceError, type WebhookService } from "../../../src/training/services.ts";
import { Table } from "./tables.ts";

export function inMemoryWebhooks(now: () => string): WebhookService {
  const endpoints = new Table<WebhookEndpoint>("webhook endpoint", "hook");
  const deliveries = new Table<WebhookDelivery>("webhook delivery", "msg");
  const attempts = new Map<string, WebhookAttempt[]>();
  const withAttempts = (id: string) => ({ delivery: deliveries.get(id), attempts: attempts.get(id) ?? [] });
  const withSecret = (endpoint: WebhookEndpoint) => ({ endpoint, secret: `whsec_${"B".repeat(43)}=` });
  return {
    create: async ({ url, description = "", events = ["operation.failed"] }) => {
      if (url.includes("127.0.0.1")) throw new ServiceError("invalid-value", "loopback", { field: "url" });
      const id = endpoints.nextId();
      const state = { enabled: true, disabledReason: null, failingSince: null, createdAt: now() };
      return withSecret(endpoints.put({ id, url, description, events, ...state }));
    },
    list: (page) => endpoints.page(page, () => true),
    get: (id) => endpoints.get(id),
    update: (id, change) => {
      const enabled = change.enabled ?? endpoints.get(id).enabled;
      return endpoints.change(id, { ...change, enabled, disabledReason: enabled ? null : "switched off" });
    },
    delete: async (id) => endpoints.remove(endpoints.get(id).id),
    rotateSecret: (id) => withSecret(endpoints.get(id)),
    test: async (endpointId) => {
      const { id } = deliveries.put({
        id: deliveries.nextId(),
        endpointId: endpoints.get(endpointId).id,
        type: "webhook.test",
        operationId: null,
        body: JSON.stringify({ type: "webhook.test", timestamp: now(), data: { endpointId } }),
        state: "delivered",
        attempts: 1,
        round: 1,
        nextAttemptAt: null,
        createdAt: now(),
        finishedAt: now(),
      });
      const answer = { outcome: "answered", status: 204, message: "answered 204 in 3 ms", response: "" };
      attempts.set(id, [{ deliveryId: id, number: 1, startedAt: now(), milliseconds: 3, ...answer }]);
      return withAttempts(id);
    },
    deliveries: (page, { endpoint, state, type }) => {
      if (endpoint !== undefined) endpoints.get(endpoint);
      return deliveries.page(
        page,
        (row) =>
          (endpoint === undefined || endpoint === row.endpointId) &&
          (state === undefined || state === row.state) &&
          (type === undefined || type === row.type),
      );
    },
    delivery: withAttempts,
    resend: (id) => {
      deliveries.change(id, { state: "pending", round: 0, nextAttemptAt: now(), finishedAt: null });
      return withAttempts(id);
    },
  };
}
