import { z } from "@hono/zod-openapi";
import { RESULT_OUTCOMES } from "../../src/records/evaluations.ts";
import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { EvaluationResultPageSchema, resultView } from "./result-schema.ts";

const outcome = z
  .enum(RESULT_OUTCOMES)
  .optional()
  .openapi({
    description: [
      "right, wrong: all answers are; mixed: some. truncated, unparsed, ungraded, disputed (rule and judge differ): at",
      "least one answer is.",
    ].join(" "),
  });

export const listEvaluationResults = endpoint(
  {
    method: "get",
    path: "/v1/evaluations/{id}/results",
    operationId: "evaluations_results",
    tags: ["evaluations"],
    summary: "Every item of an evaluation",
    request: {
      params: idParams("eval"),
      query: listQuery({ outcome, skill: z.string().min(1).max(500).optional() }),
    },
    responses: {
      200: {
        description: "Items with every answer, in the benchmark's order; also of one that is still running.",
        content: { "application/json": { schema: EvaluationResultPageSchema } },
      },
      ...errorResponses(["not-found", "invalid-value"]),
    },
  },
  (c) => {
    const { limit, after, ...filter } = c.req.valid("query");
    const found = c.var.services.evaluations.results(c.req.valid("param").id, pageRequest({ limit, after }), filter);
    return c.json(pageView(found, resultView), 200);
  },
);
