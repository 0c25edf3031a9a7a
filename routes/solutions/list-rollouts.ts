import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { RolloutListSchema, rolloutView } from "./rollout-schema.ts";

export const listRollouts = endpoint(
  {
    method: "get",
    path: "/v1/solutions/{id}/rollouts",
    operationId: "solutions_rollouts",
    tags: ["solutions"],
    summary: "Every completion behind a solution",
    request: { params: idParams("sol") },
    responses: {
      200: {
        description: "The rollouts in sample order.",
        content: { "application/json": { schema: RolloutListSchema } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json({ data: c.var.services.solutions.rollouts(c.req.valid("param").id).map(rolloutView) }, 200),
);
