/** Webhook endpoints on the wire, and what is posted to them. */
import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { WebhookEndpoint, WebhookType } from "../../src/records/webhook.ts";
import type { EndpointWithSecret } from "../../src/training/services.ts";
import { nullable, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

const types = [
  "operation.started",
  "operation.resumed",
  "operation.paused",
  "operation.completed",
  "operation.failed",
  "operation.cancelled",
  "iteration.started",
  "iteration.completed",
  "phase.completed",
  "step.completed",
  "checkpoint.created",
] as const satisfies WebhookType[];

export const WebhookTypeSchema = z.enum(types).openapi("WebhookType", { example: "iteration.completed" });

export const MessageTypeSchema = z.enum([...types, "webhook.test"]).openapi("WebhookMessageType", {
  description: "A WebhookType, or `webhook.test`, which is sent when somebody asks for it.",
  example: "iteration.completed",
});

const UrlSchema = z.string().min(1).max(2048).openapi({
  description: "http or https, to a public address; the service's operator can permit others.",
  example: "https://hooks.example/rzero",
});
const DescriptionSchema = z.string().max(500);
const EventsSchema = z.array(WebhookTypeSchema).min(1).max(20);

const exampleEndpoint = {
  id: "hook_01JZX3T5N8Q4W2E6R7T9Y1V3H1",
  url: "https://hooks.example/rzero",
  description: "tells the team",
  events: ["operation.failed" as const, "iteration.completed" as const],
  enabled: true,
  disabledReason: null,
  failingSince: null,
  createdAt: "2026-08-22T09:30:00.000Z",
};

export const WebhookEndpointSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    events: z.array(WebhookTypeSchema),
    enabled: z.boolean(),
    disabledReason: z.string().nullable().openapi({
      description: "Why it was disabled: switched off, answered 410, or nothing succeeded for five days.",
    }),
    failingSince: nullable(TimestampSchema).openapi({ description: "First failure since the last success." }),
    createdAt: TimestampSchema,
  })
  .openapi("WebhookEndpoint", { example: exampleEndpoint });

export const WebhookEndpointPageSchema = pageSchema("WebhookEndpointPage", WebhookEndpointSchema, exampleEndpoint);

export const WebhookEndpointWithSecretSchema = z
  .object({
    endpoint: WebhookEndpointSchema,
    secret: z.string().openapi({
      description: "Signs every message as Standard Webhooks says. Shown here and never again.",
      example: `whsec_${"A".repeat(43)}=`,
    }),
  })
  .openapi("WebhookEndpointWithSecret", {
    example: { endpoint: exampleEndpoint, secret: `whsec_${"A".repeat(43)}=` },
  });

export const WebhookEndpointCreateSchema = z
  .strictObject({
    url: UrlSchema,
    description: DescriptionSchema.optional(),
    events: EventsSchema.optional().openapi({
      description: "What to be told. Unless given: operations that ended, iterations completed, checkpoints created.",
    }),
  })
  .openapi("WebhookEndpointCreate", {
    example: { url: "https://hooks.example/rzero", events: ["operation.failed", "iteration.completed"] },
  });

export const WebhookEndpointUpdateSchema = z
  .strictObject({
    url: UrlSchema.optional(),
    description: DescriptionSchema.optional(),
    events: EventsSchema.optional(),
    enabled: z.boolean().optional().openapi({
      description: "false: what waits is given up. true: its failures are forgotten.",
    }),
  })
  .openapi("WebhookEndpointUpdate", { description: "Changes what is given.", example: { enabled: false } });

export const WebhookMessageSchema = z
  .object({
    type: MessageTypeSchema,
    timestamp: TimestampSchema,
    data: z.record(z.string(), z.unknown()).openapi({
      description:
        "`operationId`, `kind` and `runId` of the operation, `sequence` of the event in it, and the fields the event has. " +
        "Of a test: `endpointId`.",
    }),
  })
  .openapi("WebhookMessage", {
    description: "Posted to a webhook endpoint, signed as Standard Webhooks says.",
    example: {
      type: "checkpoint.created",
      timestamp: "2026-08-22T09:30:41.800Z",
      data: {
        operationId: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8",
        kind: "iterations",
        runId: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
        sequence: 61,
        phase: "solver",
        checkpoint: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B7",
      },
    },
  });

export function endpointView(endpoint: WebhookEndpoint): z.infer<typeof WebhookEndpointSchema> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    events: [...endpoint.events],
    enabled: endpoint.enabled,
    disabledReason: endpoint.disabledReason,
    failingSince: endpoint.failingSince,
    createdAt: endpoint.createdAt,
  };
}

export function endpointWithSecretView({
  endpoint,
  secret,
}: EndpointWithSecret): z.infer<typeof WebhookEndpointWithSecretSchema> {
  return { endpoint: endpointView(endpoint), secret };
}

/** Entity tag of what a client can change; that deliveries fail meanwhile is no reason to refuse a change. */
export function endpointTag({ id, url, description, events, enabled }: WebhookEndpoint): string {
  const shown = JSON.stringify([id, url, description, events, enabled]);
  return `"${createHash("sha256").update(shown).digest("hex").slice(0, 32)}"`;
}
