import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { deliveryDetailView, WebhookDeliveryDetailSchema } from "./delivery-schema.ts";

export const resendWebhookDelivery = endpoint(
  {
    method: "post",
    path: "/v1/webhook-deliveries/{id}/resend",
    operationId: "webhook_deliveries_resend",
    tags: ["webhooks"],
    summary: "Send a webhook message again",
    description:
      "The same message with the same `webhook-id`, from the start of the schedule. Refused while its endpoint is disabled.",
    request: { params: idParams("msg") },
    responses: {
      202: {
        description: "The delivery, pending again.",
        content: { "application/json": { schema: WebhookDeliveryDetailSchema } },
      },
      ...errorResponses(["not-found", "conflict"]),
    },
  },
  (c) => c.json(deliveryDetailView(c.var.services.webhooks.resend(c.req.valid("param").id)), 202),
);
