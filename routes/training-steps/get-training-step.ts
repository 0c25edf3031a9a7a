import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { stepView, TrainingStepSchema } from "./training-step-schema.ts";

export const getTrainingStep = endpoint(
  {
    method: "get",
    path: "/v1/training-steps/{id}",
    operationId: "training_steps_get",
    tags: ["training-steps"],
    summary: "Get a training step",
    request: { params: idParams("step") },
    responses: {
      200: { description: "The step.", content: { "application/json": { schema: TrainingStepSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json(stepView(c.var.services.trainingSteps.get(c.req.valid("param").id)), 200),
);
