import { endpoint } from "../edge/endpoint.ts";
import { IdempotencyHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import {
  EvaluatorCreateSchema,
  EvaluatorWithSecretSchema,
  evaluatorTag,
  evaluatorWithSecretView,
} from "./evaluator-schema.ts";

export const createEvaluator = endpoint(
  {
    method: "post",
    path: "/v1/evaluators",
    operationId: "evaluators_create",
    tags: ["evaluators"],
    summary: "Register an evaluator",
    description:
      "Batches of items are posted to it, signed as Standard Webhooks says with the secret shown here. It answers " +
      "`{items: [{id, verdict: accept or refuse, score: 0..1, reasons: [text]}]}`, one for each item it was sent. A run asks it " +
      "where the run's `evaluators` name it.",
    request: {
      headers: IdempotencyHeaders,
      body: { required: true, content: { "application/json": { schema: EvaluatorCreateSchema } } },
    },
    responses: {
      201: {
        description: "The evaluator and its secret.",
        content: { "application/json": { schema: EvaluatorWithSecretSchema } },
        headers: {
          Location: { schema: { type: "string" }, description: "The evaluator." },
          ETag: { schema: { type: "string" }, description: "Version of the evaluator, for If-Match." },
        },
      },
      ...errorResponses([...bodyErrors, "conflict", "invalid-value", "idempotency-in-flight", "idempotency-mismatch"]),
    },
  },
  (c) => {
    const made = c.var.services.evaluators.create(c.req.valid("json"), c.var.attempt);
    c.header("location", `/v1/evaluators/${made.evaluator.id}`);
    c.header("etag", evaluatorTag(made.evaluator));
    c.header("cache-control", "no-store");
    return c.json(evaluatorWithSecretView(made), 201);
  },
  { idempotent: true },
);
