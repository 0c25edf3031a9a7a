import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { endpointWithSecretView, WebhookEndpointWithSecretSchema } from "./webhook-schema.ts";

export const rotateWebhookSecret = endpoint(
  {
    method: "post",
    path: "/v1/webhook-endpoints/{id}/rotate-secret",
    operationId: "webhook_endpoints_rotate_secret",
    tags: ["webhooks"],
    summary: "Replace a webhook endpoint's secret",
    description:
      "For a day every message is signed with both, so that receivers can change over; an older one than these signs no more.",
    request: { params: idParams("hook") },
    responses: {
      200: {
        description: "The endpoint and its new secret.",
        content: { "application/json": { schema: WebhookEndpointWithSecretSchema } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => {
    c.header("cache-control", "no-store");
    return c.json(endpointWithSecretView(c.var.services.webhooks.rotateSecret(c.req.valid("param").id)), 200);
  },
);
