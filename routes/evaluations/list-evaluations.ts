import { endpoint } from "../edge/endpoint.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { EvaluationPageSchema, evaluationListFilters, evaluationView } from "./evaluation-schema.ts";

export const listEvaluations = endpoint(
  {
    method: "get",
    path: "/v1/evaluations",
    operationId: "evaluations_list",
    tags: ["evaluations"],
    summary: "List evaluations",
    request: { query: listQuery(evaluationListFilters) },
    responses: {
      200: {
        description: "Evaluations, newest first.",
        content: { "application/json": { schema: EvaluationPageSchema } },
      },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { evaluations } = c.var.services;
    const { limit, after, ...filter } = c.req.valid("query");
    const found = evaluations.list(pageRequest({ limit, after }), filter);
    return c.json(
      pageView(found, (each) => evaluationView(each, evaluations.finished(each.id))),
      200,
    );
  },
);
