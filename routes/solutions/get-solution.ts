import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { SolutionSchema, solutionView } from "./solution-schema.ts";

export const getSolution = endpoint(
  {
    method: "get",
    path: "/v1/solutions/{id}",
    operationId: "solutions_get",
    tags: ["solutions"],
    summary: "Get a solution",
    request: { params: idParams("sol") },
    responses: {
      200: { description: "The solution.", content: { "application/json": { schema: SolutionSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json(solutionView(c.var.services.solutions.get(c.req.valid("param").id)), 200),
);
