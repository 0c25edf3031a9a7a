import { endpoint } from "../edge/endpoint.ts";
import { StepListSchema, stepView } from "../training-steps/training-step-schema.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";

export const listIterationSteps = endpoint(
  {
    method: "get",
    path: "/v1/iterations/{id}/steps",
    operationId: "iterations_steps",
    tags: ["iterations"],
    summary: "Every optimiser step of an iteration",
    request: { params: idParams("iter") },
    responses: {
      200: { description: "Steps in the order they ran.", content: { "application/json": { schema: StepListSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json({ data: c.var.services.iterations.steps(c.req.valid("param").id).map(stepView) }, 200),
);
