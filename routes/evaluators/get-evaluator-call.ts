import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { callView, EvaluatorCallSchema } from "./call-schema.ts";

export const getEvaluatorCall = endpoint(
  {
    method: "get",
    path: "/v1/evaluator-calls/{id}",
    operationId: "evaluator_calls_get",
    tags: ["evaluators"],
    summary: "Get what an evaluator was asked and said",
    request: { params: idParams("call") },
    responses: {
      200: { description: "The call.", content: { "application/json": { schema: EvaluatorCallSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json(callView(c.var.services.evaluators.call(c.req.valid("param").id)), 200),
);
