import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { deliveryDetailView, WebhookDeliveryDetailSchema } from "./delivery-schema.ts";

export const testWebhookEndpoint = endpoint(
  {
    method: "post",
    path: "/v1/webhook-endpoints/{id}/test",
    operationId: "webhook_endpoints_test",
    tags: ["webhooks"],
    summary: "Send a test message",
    description: "One `webhook.test` message, at once and once, also to an endpoint that is disabled.",
    request: { params: idParams("hook") },
    responses: {
      200: {
        description: "How that went; its state says whether it was received.",
        content: { "application/json": { schema: WebhookDeliveryDetailSchema } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  async (c) => c.json(deliveryDetailView(await c.var.services.webhooks.test(c.req.valid("param").id)), 200),
);
