import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { EvaluationSchema, evaluationView } from "./evaluation-schema.ts";

export const getEvaluation = endpoint(
  {
    method: "get",
    path: "/v1/evaluations/{id}",
    operationId: "evaluations_get",
    tags: ["evaluations"],
    summary: "Get an evaluation",
    request: { params: idParams("eval") },
    responses: {
      200: { description: "The evaluation.", content: { "application/json": { schema: EvaluationSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => {
    const { evaluations } = c.var.services;
    const { id } = c.req.valid("param");
    return c.json(evaluationView(evaluations.get(id), evaluations.finished(id)), 200);
  },
);
