import { endpoint } from "../edge/endpoint.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { ComparisonCreateSchema, ComparisonSchema, comparisonView } from "./comparison-schema.ts";

export const compareEvaluations = endpoint(
  {
    method: "post",
    path: "/v1/evaluation-comparisons",
    operationId: "evaluations_compare",
    tags: ["evaluations"],
    summary: "Compare two evaluations of the same items",
    description: "A paired test: each item is its own control. Nothing is stored.",
    request: { body: { required: true, content: { "application/json": { schema: ComparisonCreateSchema } } } },
    responses: {
      200: { description: "b against a.", content: { "application/json": { schema: ComparisonSchema } } },
      ...errorResponses([...bodyErrors, "not-found", "conflict", "invalid-value"]),
    },
  },
  async (c) => c.json(comparisonView(await c.var.services.evaluations.compare(c.req.valid("json"))), 200),
);
