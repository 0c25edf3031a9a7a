import { endpoint } from "../edge/endpoint.ts";
import { IfMatchHeaders, requireMatch } from "../edge/precondition.ts";
import { idParams } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { endpointTag, endpointView, WebhookEndpointSchema, WebhookEndpointUpdateSchema } from "./webhook-schema.ts";

export const updateWebhookEndpoint = endpoint(
  {
    method: "patch",
    path: "/v1/webhook-endpoints/{id}",
    operationId: "webhook_endpoints_update",
    tags: ["webhooks"],
    summary: "Change a webhook endpoint, or switch it off or on",
    request: {
      params: idParams("hook"),
      headers: IfMatchHeaders,
      body: { required: true, content: { "application/json": { schema: WebhookEndpointUpdateSchema } } },
    },
    responses: {
      200: {
        description: "The endpoint as it is now.",
        content: { "application/json": { schema: WebhookEndpointSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the endpoint, for If-Match." } },
      },
      ...errorResponses([...bodyErrors, "not-found", "precondition-failed", "invalid-value"]),
    },
  },
  (c) => {
    const { id } = c.req.valid("param");
    const { webhooks } = c.var.services;
    requireMatch(c.req.valid("header")["if-match"], endpointTag(webhooks.get(id)));
    const updated = webhooks.update(id, c.req.valid("json"));
    c.header("etag", endpointTag(updated));
    return c.json(endpointView(updated), 200);
  },
);
