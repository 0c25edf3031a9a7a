import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { IterationSchema, iterationView } from "./iteration-schema.ts";

export const getIteration = endpoint(
  {
    method: "get",
    path: "/v1/iterations/{id}",
    operationId: "iterations_get",
    tags: ["iterations"],
    summary: "Get an iteration: metrics, timing, lineage",
    request: { params: idParams("iter") },
    responses: {
      200: { description: "The iteration.", content: { "application/json": { schema: IterationSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json(iterationView(c.var.services.iterations.get(c.req.valid("param").id)), 200),
);
