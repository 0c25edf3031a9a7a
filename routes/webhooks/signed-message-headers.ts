/** Headers of every request this service makes to a URL it was given, as Standard Webhooks names them. */
import { z } from "@hono/zod-openapi";

const header = (description: string, example: string) => z.string().openapi({ description, example });

export const signedMessageHeaders = (id: string, exampleId: string) =>
  z.object({
    "webhook-id": header(id, exampleId),
    "webhook-timestamp": header("Seconds since 1970, of this attempt.", "1787391041"),
    "webhook-signature": header(
      "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one for each valid secret.",
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
  });
