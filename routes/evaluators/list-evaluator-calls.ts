import { endpoint } from "../edge/endpoint.ts";
import { idSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { callView, EvaluatorCallPageSchema } from "./call-schema.ts";

export const listEvaluatorCalls = endpoint(
  {
    method: "get",
    path: "/v1/evaluator-calls",
    operationId: "evaluator_calls_list",
    tags: ["evaluators"],
    summary: "List what evaluators were asked and said",
    request: {
      query: listQuery({
        evaluator: idSchema("evr").optional(),
        run: idSchema("run").optional(),
        iteration: idSchema("iter").optional(),
      }),
    },
    responses: {
      200: {
        description: "Calls, newest first.",
        content: { "application/json": { schema: EvaluatorCallPageSchema } },
      },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { evaluator, run, iteration, ...page } = c.req.valid("query");
    const { evaluators } = c.var.services;
    return c.json(pageView(evaluators.calls(pageRequest(page), { evaluator, run, iteration }), callView), 200);
  },
);
