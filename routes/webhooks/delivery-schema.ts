/** Deliveries of webhook messages on the wire. */
import { z } from "@hono/zod-openapi";
import type { DeliveryState, WebhookAttempt, WebhookDelivery } from "../../src/records/webhook.ts";
import type { DeliveryWithAttempts } from "../../src/training/services.ts";
import { nullable, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";
import { MessageTypeSchema, WebhookMessageSchema } from "./webhook-schema.ts";

const states = ["pending", "delivered", "failed"] as const satisfies DeliveryState[];

export const DeliveryStateSchema = z.enum(states).openapi("WebhookDeliveryState", {
  description:
    "`pending`: an attempt is under way or will be made. `failed`: no more will be made unless it is sent again.",
  example: "delivered",
});

const outcomes = ["answered", "bad-status", "timed-out", "address-refused", "connection-failed", "too-large"] as const;

const exampleDelivery = {
  id: "msg_01JZX3T5N8Q4W2E6R7T9Y1V3H2",
  endpointId: "hook_01JZX3T5N8Q4W2E6R7T9Y1V3H1",
  type: "checkpoint.created" as const,
  operationId: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8",
  state: "pending" as const,
  attempts: 1,
  nextAttemptAt: "2026-08-22T09:30:47.100Z",
  createdAt: "2026-08-22T09:30:41.800Z",
  finishedAt: null,
};

const delivery = {
  id: z.string().openapi({ description: "The `webhook-id` of every attempt." }),
  endpointId: z.string(),
  type: MessageTypeSchema,
  operationId: z.string().nullable().openapi({ description: "What it tells of; null for a test." }),
  state: DeliveryStateSchema,
  attempts: z.number().int(),
  nextAttemptAt: nullable(TimestampSchema).openapi({ description: "null once it has ended." }),
  createdAt: TimestampSchema,
  finishedAt: nullable(TimestampSchema),
};

export const WebhookDeliverySchema = z.object(delivery).openapi("WebhookDelivery", { example: exampleDelivery });

export const WebhookDeliveryPageSchema = pageSchema("WebhookDeliveryPage", WebhookDeliverySchema, exampleDelivery);

const exampleAttempt = {
  number: 1,
  startedAt: "2026-08-22T09:30:41.810Z",
  milliseconds: 84,
  outcome: "bad-status" as const,
  status: 503,
  message: "answered 503: try later",
  response: "try later",
};

export const WebhookAttemptSchema = z
  .object({
    number: z.number().int(),
    startedAt: TimestampSchema,
    milliseconds: z.number().int(),
    outcome: z.enum(outcomes).openapi("WebhookOutcome", { example: "bad-status" }),
    status: z.number().int().nullable().openapi({ description: "null where nothing was answered." }),
    message: z.string(),
    response: z.string().nullable().openapi({ description: "The beginning of the answer's body." }),
  })
  .openapi("WebhookAttempt", { example: exampleAttempt });

export const WebhookDeliveryDetailSchema = z
  .object({
    ...delivery,
    message: WebhookMessageSchema,
    attemptLog: z.array(WebhookAttemptSchema).openapi({ description: "Every attempt, in order." }),
  })
  .openapi("WebhookDeliveryDetail", {
    example: {
      ...exampleDelivery,
      message: {
        type: "checkpoint.created",
        timestamp: "2026-08-22T09:30:41.800Z",
        data: { operationId: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8", checkpoint: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B7" },
      },
      attemptLog: [exampleAttempt],
    },
  });

export function deliveryView(row: WebhookDelivery): z.infer<typeof WebhookDeliverySchema> {
  return {
    id: row.id,
    endpointId: row.endpointId,
    type: row.type,
    operationId: row.operationId,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.nextAttemptAt,
    createdAt: row.createdAt,
    finishedAt: row.finishedAt,
  };
}

export function deliveryDetailView(found: DeliveryWithAttempts): z.infer<typeof WebhookDeliveryDetailSchema> {
  return {
    ...deliveryView(found.delivery),
    message: JSON.parse(found.delivery.body) as z.infer<typeof WebhookMessageSchema>,
    attemptLog: found.attempts.map(attemptView),
  };
}

function attemptView(attempt: WebhookAttempt): z.infer<typeof WebhookAttemptSchema> {
  return {
    number: attempt.number,
    startedAt: attempt.startedAt,
    milliseconds: attempt.milliseconds,
    outcome: attempt.outcome as (typeof outcomes)[number],
    status: attempt.status,
    message: attempt.message,
    response: attempt.response,
  };
}
