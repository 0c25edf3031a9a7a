/** Webhook endpoints, the messages to them (written with the event they tell of) and the attempts to deliver those. */
import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { SigningSecret } from "../../records/signing-secret.ts";
import type { DeliveryState, WebhookDelivery, WebhookType } from "../../records/webhook.ts";
import { atLeast, between, hasPrefix, isJson, isTime, json, oneOf } from "./columns.ts";

export const webhookEndpoints = sqliteTable(
  "webhook_endpoints",
  {
    id: text("id").primaryKey(),
    url: text("url").notNull(),
    description: text("description").notNull(),
    events: json<readonly WebhookType[]>("events").notNull(),
    // In clear: they sign, so a hash would not do. Never part of the record.
    secrets: json<readonly SigningSecret[]>("secrets").notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    disabledReason: text("disabled_reason"),
    failingSince: text("failing_since"),
    createdAt: text("created_at").notNull(),
  },
  (endpoint) => [
    check("webhook_endpoints_id_prefix", hasPrefix(endpoint.id, "hook")),
    check("webhook_endpoints_events_json", isJson(endpoint.events, "array")),
    check("webhook_endpoints_secrets_json", isJson(endpoint.secrets, "array")),
    check("webhook_endpoints_enabled_boolean", between(endpoint.enabled, 0, 1)),
    check("webhook_endpoints_reason_given", sql`${endpoint.enabled} = (${endpoint.disabledReason} is null)`),
    check("webhook_endpoints_failing_since_time", isTime(endpoint.failingSince)),
    check("webhook_endpoints_created_at_time", isTime(endpoint.createdAt)),
  ],
);

const DELIVERY_STATES = ["pending", "delivered", "failed"] as const satisfies DeliveryState[];

export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: text("id").primaryKey(),
    endpointId: text("endpoint_id")
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: "cascade" }),
    type: text("type").$type<WebhookDelivery["type"]>().notNull(),
    // Not a foreign key: what was told stays told when the run goes.
    operationId: text("operation_id"),
    body: text("body").notNull(),
    state: text("state").$type<DeliveryState>().notNull(),
    attempts: integer("attempts").notNull(),
    round: integer("round").notNull(),
    nextAttemptAt: text("next_attempt_at"),
    createdAt: text("created_at").notNull(),
    finishedAt: text("finished_at"),
  },
  (delivery) => [
    index("webhook_deliveries_endpoint").on(delivery.endpointId, delivery.id),
    index("webhook_deliveries_due").on(delivery.endpointId, delivery.nextAttemptAt).where(sql`state = 'pending'`),
    index("webhook_deliveries_ended").on(delivery.finishedAt).where(sql`state <> 'pending'`),
    check("webhook_deliveries_id_prefix", hasPrefix(delivery.id, "msg")),
    check("webhook_deliveries_body_json", sql`json_valid(${delivery.body})`),
    check("webhook_deliveries_state_known", oneOf(delivery.state, DELIVERY_STATES)),
    check("webhook_deliveries_attempts_range", atLeast(delivery.attempts, 0)),
    check("webhook_deliveries_round_range", sql`${delivery.round} between 0 and ${delivery.attempts}`),
    check(
      "webhook_deliveries_pending_or_ended",
      sql`(${delivery.state} = 'pending') = (${delivery.nextAttemptAt} is not null)
        and (${delivery.state} = 'pending') = (${delivery.finishedAt} is null)`,
    ),
    check("webhook_deliveries_next_attempt_at_time", isTime(delivery.nextAttemptAt)),
    check("webhook_deliveries_created_at_time", isTime(delivery.createdAt)),
    check("webhook_deliveries_finished_at_time", isTime(delivery.finishedAt)),
  ],
);

export const webhookAttempts = sqliteTable(
  "webhook_attempts",
  {
    deliveryId: text("delivery_id")
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    startedAt: text("started_at").notNull(),
    milliseconds: integer("milliseconds").notNull(),
    outcome: text("outcome").notNull(),
    status: integer("status"),
    message: text("message").notNull(),
    response: text("response"),
  },
  (attempt) => [
    primaryKey({ columns: [attempt.deliveryId, attempt.number] }),
    check("webhook_attempts_number_range", atLeast(attempt.number, 1)),
    check("webhook_attempts_milliseconds_range", atLeast(attempt.milliseconds, 0)),
    check("webhook_attempts_status_range", between(attempt.status, 100, 999)),
    check("webhook_attempts_started_at_time", isTime(attempt.startedAt)),
  ],
);
