import { z } from "@hono/zod-openapi";
import { endpoint } from "../edge/endpoint.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { ModelSchema, modelView } from "./model-schema.ts";

export const getModel = endpoint(
  {
    method: "get",
    path: "/v1/models/{id}",
    operationId: "models_get",
    tags: ["models"],
    summary: "Get a model",
    description: "The slash of `run_.../solver` may be sent as it is or as %2F.",
    request: {
      params: z.object({
        id: z
          .string()
          .min(1)
          .max(500)
          .openapi({ param: { name: "id", in: "path" }, example: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5/solver" }),
      }),
    },
    responses: {
      200: { description: "The model.", content: { "application/json": { schema: ModelSchema } } },
      ...errorResponses(["not-found", "pruned"], "openai"),
    },
  },
  (c) => c.json(modelView(c.var.services.models.get(c.req.valid("param").id)), 200),
  { alsoAt: "/v1/models/:id{.+}" },
);
