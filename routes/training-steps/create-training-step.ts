import { endpoint } from "../edge/endpoint.ts";
import { awaitPreferred } from "../edge/prefer.ts";
import { operationView } from "../operations/operation-schema.ts";
import { LongWorkHeaders, operationHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { stepView, TrainingStepCreateSchema, TrainingStepStartedSchema } from "./training-step-schema.ts";

export const createTrainingStep = endpoint(
  {
    method: "post",
    path: "/v1/training-steps",
    operationId: "training_steps_create",
    tags: ["training-steps"],
    summary: "Train one step",
    description: "Queues one GRPO step of a role and moves the run's head to the new weights. Bodies up to 16 MiB.",
    request: {
      headers: LongWorkHeaders,
      body: { required: true, content: { "application/json": { schema: TrainingStepCreateSchema } } },
    },
    responses: {
      200: {
        description: "The operation ended within the preferred wait; its state says how.",
        content: { "application/json": { schema: TrainingStepStartedSchema } },
        headers: operationHeaders,
      },
      202: {
        description: "Queued.",
        content: { "application/json": { schema: TrainingStepStartedSchema } },
        headers: operationHeaders,
      },
      ...errorResponses([
        ...bodyErrors,
        "not-found",
        "conflict",
        "invalid-value",
        "context-length-exceeded",
        "too-many-queued",
        "idempotency-in-flight",
        "idempotency-mismatch",
      ]),
    },
  },
  async (c) => {
    const { trainingSteps: service } = c.var.services;
    const { operation, status } = await awaitPreferred(c, await service.train(c.req.valid("json"), c.var.attempt));
    const steps = operation.state === "completed" ? operation.resources.map((id) => service.get(id)) : [];
    return c.json({ operation: operationView(operation), trainingSteps: steps.map(stepView) }, status);
  },
  { idempotent: true, maxBodyBytes: 16 * 1024 * 1024 },
);
