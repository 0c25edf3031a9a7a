/** Webhook endpoints: registered, tried out, and what became of every message to them. */

import { newSecret, rotated } from "../outbound/signature.ts";
import type { WebhookDelivery, WebhookEndpoint } from "../records/webhook.ts";
import type { Environment } from "../training/environment.ts";
import { timestamp } from "../training/environment.ts";
import { ServiceError, type WebhookService } from "../training/services.ts";
import type { WebhookDispatcher } from "./dispatcher.ts";
import { testBody, USUAL_TYPES } from "./messages.ts";
import type { Outbox } from "./outbox.ts";

const MAX_ENDPOINTS = 100;

export function createWebhookService(
  environment: Environment,
  outbox: Outbox,
  dispatcher: WebhookDispatcher,
): WebhookService {
  const { curriculum, outbound } = environment;
  const { webhooks } = curriculum;
  const withSecret = (id: string) => ({
    endpoint: webhooks.getEndpoint(id),
    secret: webhooks.secretsOf(id)[0]!.secret,
  });
  const withAttempts = (id: string) => ({
    delivery: webhooks.getDelivery(id),
    attempts: webhooks.attemptsOf(id),
  });
  const refuseTarget = (url: string) => {
    const refusal = outbound.refusal(url);
    if (refusal === null) return;
    throw new ServiceError("invalid-value", `webhooks cannot be sent to this URL: ${refusal}`, { field: "url" });
  };

  return {
    create: async ({ url, description = "", events = USUAL_TYPES }, attempt) => {
      const [made] = attempt?.made ?? [];
      if (made !== undefined) return withSecret(made);
      refuseTarget(url);
      const id = curriculum.makeId("webhookEndpoint");
      curriculum.transaction(() => {
        if (webhooks.countEndpoints() >= MAX_ENDPOINTS) {
          throw new ServiceError("conflict", `there are ${MAX_ENDPOINTS} webhook endpoints already; delete one`);
        }
        webhooks.insertEndpoint(
          {
            id,
            url,
            description,
            events: [...new Set(events)],
            enabled: true,
            disabledReason: null,
            failingSince: null,
            createdAt: timestamp(environment),
          },
          [{ secret: newSecret(), expiresAt: null }],
        );
        attempt?.note([id]);
      });
      return withSecret(id);
    },
    list: (page) => webhooks.listEndpoints(page),
    get: (id) => webhooks.getEndpoint(id),
    update: (id, { url, description, events, enabled }) => {
      const endpoint = webhooks.getEndpoint(id);
      if (url !== undefined) refuseTarget(url);
      const updated = webhooks.updateEndpoint(id, {
        url: url ?? endpoint.url,
        description: description ?? endpoint.description,
        events: events === undefined ? endpoint.events : [...new Set(events)],
        ...switched(endpoint, enabled),
      });
      if (!updated.enabled) webhooks.failPending(id, timestamp(environment));
      return updated;
    },
    delete: (id) => webhooks.deleteEndpoint(id),
    rotateSecret: (id) => {
      webhooks.setSecrets(id, rotated(webhooks.secretsOf(id), environment.now()));
      return withSecret(id);
    },
    test: async (id) => {
      const at = timestamp(environment);
      const endpoint = webhooks.getEndpoint(id);
      const delivery = outbox.queue(endpoint, "webhook.test", testBody(id, at), null, at);
      await dispatcher.attemptNow(delivery);
      return withAttempts(delivery.id);
    },
    deliveries: (page, filter) => {
      if (filter.endpoint !== undefined) webhooks.getEndpoint(filter.endpoint);
      return webhooks.listDeliveries(page, filter);
    },
    delivery: withAttempts,
    resend: (id) => {
      const delivery = webhooks.getDelivery(id);
      const endpoint = webhooks.getEndpoint(delivery.endpointId);
      if (!endpoint.enabled) {
        throw new ServiceError("conflict", `webhook endpoint ${endpoint.id} is disabled: ${endpoint.disabledReason}`, {
          value: endpoint.id,
        });
      }
      const again = webhooks.updateDelivery(id, resent(timestamp(environment)));
      dispatcher.wake();
      return { delivery: again, attempts: webhooks.attemptsOf(id) };
    },
  };
}

/** From the start of the schedule; the id, and so the receiver's `webhook-id`, stays. */
const resent = (at: string): Pick<WebhookDelivery, "state" | "round" | "nextAttemptAt" | "finishedAt"> => ({
  state: "pending",
  round: 0,
  nextAttemptAt: at,
  finishedAt: null,
});

function switched(endpoint: WebhookEndpoint, enabled: boolean | undefined): Partial<WebhookEndpoint> {
  if (enabled === undefined || enabled === endpoint.enabled) return {};
  if (enabled) return { enabled, disabledReason: null, failingSince: null };
  return { enabled, disabledReason: "switched off" };
}
