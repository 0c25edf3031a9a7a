/** The request this service makes: OpenAPI's `webhooks` section. */
import { z } from "@hono/zod-openapi";
import { WebhookMessageSchema } from "./webhook-schema.ts";

const header = (description: string, example: string) => z.string().openapi({ description, example });

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
    headers: z.object({
      "webhook-id": header("Id of the message: the same on every attempt.", "msg_01JZX3T5N8Q4W2E6R7T9Y1V3H2"),
      "webhook-timestamp": header("Seconds since 1970, of this attempt.", "1787391041"),
      "webhook-signature": header(
        "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one for each valid secret.",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      ),
    }),
    body: { required: true, content: { "application/json": { schema: WebhookMessageSchema } } },
  },
  responses: {
    204: { description: "Received." },
    410: { description: "No more, please: the endpoint is disabled." },
  },
};
