import { endpoint } from "../edge/endpoint.ts";
import { idSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { SolutionPageSchema, solutionView } from "./solution-schema.ts";

export const listSolutions = endpoint(
  {
    method: "get",
    path: "/v1/solutions",
    operationId: "solutions_list",
    tags: ["solutions"],
    summary: "List solutions",
    request: { query: listQuery({ run: idSchema("run").optional(), question: idSchema("q").optional() }) },
    responses: {
      200: { description: "Solutions, newest first.", content: { "application/json": { schema: SolutionPageSchema } } },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { run, question, ...page } = c.req.valid("query");
    const found = c.var.services.solutions.list(pageRequest(page), { run, question });
    return c.json(pageView(found, solutionView), 200);
  },
);
