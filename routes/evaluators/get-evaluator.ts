import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { EvaluatorSchema, evaluatorTag, evaluatorView } from "./evaluator-schema.ts";

export const getEvaluator = endpoint(
  {
    method: "get",
    path: "/v1/evaluators/{id}",
    operationId: "evaluators_get",
    tags: ["evaluators"],
    summary: "Get an evaluator",
    request: { params: idParams("evr") },
    responses: {
      200: {
        description: "The evaluator, without its secret.",
        content: { "application/json": { schema: EvaluatorSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the evaluator, for If-Match." } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => {
    const found = c.var.services.evaluators.get(c.req.valid("param").id);
    c.header("etag", evaluatorTag(found));
    return c.json(evaluatorView(found), 200);
  },
);
