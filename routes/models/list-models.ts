import { endpoint } from "../edge/endpoint.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { ModelListSchema, modelView } from "./model-schema.ts";

export const listModels = endpoint(
  {
    method: "get",
    path: "/v1/models",
    operationId: "models_list",
    tags: ["models"],
    summary: "List models",
    description: "Base models, the policies of runs, and checkpoints.",
    responses: {
      200: {
        description: "Every model that can be asked.",
        content: { "application/json": { schema: ModelListSchema } },
      },
      ...errorResponses([], "openai"),
    },
  },
  (c) => c.json({ object: "list" as const, data: c.var.services.models.list().map(modelView) }, 200),
);
