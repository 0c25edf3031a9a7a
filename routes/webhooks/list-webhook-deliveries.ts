import { endpoint } from "../edge/endpoint.ts";
import { idSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { DeliveryStateSchema, deliveryView, WebhookDeliveryPageSchema } from "./delivery-schema.ts";
import { MessageTypeSchema } from "./webhook-schema.ts";

export const listWebhookDeliveries = endpoint(
  {
    method: "get",
    path: "/v1/webhook-deliveries",
    operationId: "webhook_deliveries_list",
    tags: ["webhooks"],
    summary: "List deliveries of webhook messages",
    description: "Those that ended are kept for thirty days.",
    request: {
      query: listQuery({
        endpoint: idSchema("hook").optional(),
        state: DeliveryStateSchema.optional(),
        type: MessageTypeSchema.optional(),
      }),
    },
    responses: {
      200: {
        description: "Deliveries, newest first.",
        content: { "application/json": { schema: WebhookDeliveryPageSchema } },
      },
      ...errorResponses(["not-found", "invalid-value"]),
    },
  },
  (c) => {
    const { endpoint: of, state, type, ...page } = c.req.valid("query");
    const found = c.var.services.webhooks.deliveries(pageRequest(page), { endpoint: of, state, type });
    return c.json(pageView(found, deliveryView), 200);
  },
);
