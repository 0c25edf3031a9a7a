import { endpoint } from "../edge/endpoint.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { endpointView, WebhookEndpointPageSchema } from "./webhook-schema.ts";

export const listWebhookEndpoints = endpoint(
  {
    method: "get",
    path: "/v1/webhook-endpoints",
    operationId: "webhook_endpoints_list",
    tags: ["webhooks"],
    summary: "List webhook endpoints",
    request: { query: listQuery({}) },
    responses: {
      200: {
        description: "Endpoints, newest first.",
        content: { "application/json": { schema: WebhookEndpointPageSchema } },
      },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => c.json(pageView(c.var.services.webhooks.list(pageRequest(c.req.valid("query"))), endpointView), 200),
);
