import { endpoint } from "../edge/endpoint.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { EvaluatorKindSchema, EvaluatorPageSchema, evaluatorView } from "./evaluator-schema.ts";

export const listEvaluators = endpoint(
  {
    method: "get",
    path: "/v1/evaluators",
    operationId: "evaluators_list",
    tags: ["evaluators"],
    summary: "List evaluators",
    request: { query: listQuery({ kind: EvaluatorKindSchema.optional() }) },
    responses: {
      200: {
        description: "Evaluators, newest first.",
        content: { "application/json": { schema: EvaluatorPageSchema } },
      },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { kind, ...page } = c.req.valid("query");
    return c.json(pageView(c.var.services.evaluators.list(pageRequest(page), { kind }), evaluatorView), 200);
  },
);
