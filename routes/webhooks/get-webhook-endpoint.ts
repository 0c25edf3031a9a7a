import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { endpointTag, endpointView, WebhookEndpointSchema } from "./webhook-schema.ts";

export const getWebhookEndpoint = endpoint(
  {
    method: "get",
    path: "/v1/webhook-endpoints/{id}",
    operationId: "webhook_endpoints_get",
    tags: ["webhooks"],
    summary: "Get a webhook endpoint",
    request: { params: idParams("hook") },
    responses: {
      200: {
        description: "The endpoint, without its secret.",
        content: { "application/json": { schema: WebhookEndpointSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the endpoint, for If-Match." } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => {
    const found = c.var.services.webhooks.get(c.req.valid("param").id);
    c.header("etag", endpointTag(found));
    return c.json(endpointView(found), 200);
  },
);
