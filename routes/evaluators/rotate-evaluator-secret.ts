import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { EvaluatorWithSecretSchema, evaluatorTag, evaluatorWithSecretView } from "./evaluator-schema.ts";

export const rotateEvaluatorSecret = endpoint(
  {
    method: "post",
    path: "/v1/evaluators/{id}/rotate-secret",
    operationId: "evaluators_rotate_secret",
    tags: ["evaluators"],
    summary: "Replace an evaluator's secret",
    description:
      "For a day every batch is signed with both, so that the evaluator can change over; an older one than these signs no more. " +
      "The evaluator is a new version from then on.",
    request: { params: idParams("evr") },
    responses: {
      200: {
        description: "The evaluator and its new secret.",
        content: { "application/json": { schema: EvaluatorWithSecretSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the evaluator, for If-Match." } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => {
    const rotated = c.var.services.evaluators.rotateSecret(c.req.valid("param").id);
    c.header("etag", evaluatorTag(rotated.evaluator));
    c.header("cache-control", "no-store");
    return c.json(evaluatorWithSecretView(rotated), 200);
  },
);
