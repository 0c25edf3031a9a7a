import { endpoint } from "../edge/endpoint.ts";
import { IfMatchHeaders, requireMatch } from "../edge/precondition.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { endpointTag } from "./webhook-schema.ts";

export const deleteWebhookEndpoint = endpoint(
  {
    method: "delete",
    path: "/v1/webhook-endpoints/{id}",
    operationId: "webhook_endpoints_delete",
    tags: ["webhooks"],
    summary: "Delete a webhook endpoint and the record of its deliveries",
    request: { params: idParams("hook"), headers: IfMatchHeaders },
    responses: {
      204: { description: "It is gone." },
      ...errorResponses(["not-found", "precondition-failed"]),
    },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const { webhooks } = c.var.services;
    const expected = c.req.valid("header")["if-match"];
    if (expected !== undefined) requireMatch(expected, endpointTag(webhooks.get(id)));
    await webhooks.delete(id);
    return c.body(null, 204);
  },
);
