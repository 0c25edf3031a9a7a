/** The request this service makes: OpenAPI's `webhooks` section. */
import { signedMessageHeaders } from "./signed-message-headers.ts";
import { WebhookMessageSchema } from "./webhook-schema.ts";

export const webhookMessage = {
  method: "post" as const,
  path: "webhookMessage",
  operationId: "webhook_message_post",
  tags: ["webhooks"],
  summary: "What a webhook endpoint is told",
  description:
    "Verify the signature with any Standard Webhooks library. Answer 2xx within 15 seconds, whatever the body; do the work after.",
  security: [],
  request: {
    headers: signedMessageHeaders("Id of the message: the same on every attempt.", "msg_01JZX3T5N8Q4W2E6R7T9Y1V3H2"),
    body: { required: true, content: { "application/json": { schema: WebhookMessageSchema } } },
  },
  responses: {
    204: { description: "Received." },
    410: { description: "No more, please: the endpoint is disabled." },
  },
};
