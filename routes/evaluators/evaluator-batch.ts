/** The request this service makes of evaluators: OpenAPI's `webhooks` section. */
import { signedMessageHeaders } from "../webhooks/signed-message-headers.ts";
import { EvaluatorAnswerSchema, EvaluatorBatchSchema } from "./batch-schema.ts";

export const evaluatorBatch = {
  method: "post" as const,
  path: "evaluatorBatch",
  operationId: "evaluator_batch_post",
  tags: ["evaluators"],
  summary: "What an evaluator is asked",
  description:
    "Verify the signature with any Standard Webhooks library, and answer within the evaluator's `deadlineMs`. The same " +
    "`webhook-id` may come again after a failure.",
  security: [],
  request: {
    headers: signedMessageHeaders("Id of the call: the same on every attempt.", "call_01JZX3T5N8Q4W2E6R7T9Y1V3K2"),
    body: { required: true, content: { "application/json": { schema: EvaluatorBatchSchema } } },
  },
  responses: {
    200: { description: "The verdicts.", content: { "application/json": { schema: EvaluatorAnswerSchema } } },
    503: { description: "Not now: it is asked again, as often as the evaluator's `attempts` say." },
  },
};
