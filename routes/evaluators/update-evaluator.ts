import { endpoint } from "../edge/endpoint.ts";
import { IfMatchHeaders, requireMatch } from "../edge/precondition.ts";
import { idParams } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { EvaluatorSchema, EvaluatorUpdateSchema, evaluatorTag, evaluatorView } from "./evaluator-schema.ts";

export const updateEvaluator = endpoint(
  {
    method: "patch",
    path: "/v1/evaluators/{id}",
    operationId: "evaluators_update",
    tags: ["evaluators"],
    summary: "Change an evaluator",
    request: {
      params: idParams("evr"),
      headers: IfMatchHeaders,
      body: { required: true, content: { "application/json": { schema: EvaluatorUpdateSchema } } },
    },
    responses: {
      200: {
        description: "The evaluator as it is now.",
        content: { "application/json": { schema: EvaluatorSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the evaluator, for If-Match." } },
      },
      ...errorResponses([...bodyErrors, "not-found", "precondition-failed", "invalid-value"]),
    },
  },
  (c) => {
    const { id } = c.req.valid("param");
    const { evaluators } = c.var.services;
    requireMatch(c.req.valid("header")["if-match"], evaluatorTag(evaluators.get(id)));
    const updated = evaluators.update(id, c.req.valid("json"));
    c.header("etag", evaluatorTag(updated));
    return c.json(evaluatorView(updated), 200);
  },
);
