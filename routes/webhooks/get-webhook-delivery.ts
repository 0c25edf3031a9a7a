import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { deliveryDetailView, WebhookDeliveryDetailSchema } from "./delivery-schema.ts";

export const getWebhookDelivery = endpoint(
  {
    method: "get",
    path: "/v1/webhook-deliveries/{id}",
    operationId: "webhook_deliveries_get",
    tags: ["webhooks"],
    summary: "Get a delivery with its message and every attempt",
    request: { params: idParams("msg") },
    responses: {
      200: {
        description: "The delivery.",
        content: { "application/json": { schema: WebhookDeliveryDetailSchema } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json(deliveryDetailView(c.var.services.webhooks.delivery(c.req.valid("param").id)), 200),
);
