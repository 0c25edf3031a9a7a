import { endpoint } from "../edge/endpoint.ts";
import { IdempotencyHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import {
  endpointTag,
  endpointWithSecretView,
  WebhookEndpointCreateSchema,
  WebhookEndpointWithSecretSchema,
} from "./webhook-schema.ts";

export const createWebhookEndpoint = endpoint(
  {
    method: "post",
    path: "/v1/webhook-endpoints",
    operationId: "webhook_endpoints_create",
    tags: ["webhooks"],
    summary: "Register a webhook endpoint",
    description:
      "Messages are signed as Standard Webhooks says with the secret shown here, and delivered at least once: keep the " +
      "`webhook-id` of what was handled. What is not answered with 2xx within 15 seconds is sent again, ten times over three days.",
    request: {
      headers: IdempotencyHeaders,
      body: { required: true, content: { "application/json": { schema: WebhookEndpointCreateSchema } } },
    },
    responses: {
      201: {
        description: "The endpoint and its secret.",
        content: { "application/json": { schema: WebhookEndpointWithSecretSchema } },
        headers: {
          Location: { schema: { type: "string" }, description: "The endpoint." },
          ETag: { schema: { type: "string" }, description: "Version of the endpoint, for If-Match." },
        },
      },
      ...errorResponses([...bodyErrors, "conflict", "invalid-value", "idempotency-in-flight", "idempotency-mismatch"]),
    },
  },
  async (c) => {
    const made = await c.var.services.webhooks.create(c.req.valid("json"), c.var.attempt);
    c.header("location", `/v1/webhook-endpoints/${made.endpoint.id}`);
    c.header("etag", endpointTag(made.endpoint));
    c.header("cache-control", "no-store");
    return c.json(endpointWithSecretView(made), 201);
  },
  { idempotent: true },
);
