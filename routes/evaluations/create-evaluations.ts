import { endpoint } from "../edge/endpoint.ts";
import { awaitPreferred } from "../edge/prefer.ts";
import { operationView } from "../operations/operation-schema.ts";
import { LongWorkHeaders, operationHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { EvaluationsCreateSchema, EvaluationsStartedSchema, evaluationView } from "./evaluation-schema.ts";

export const createEvaluations = endpoint(
  {
    method: "post",
    path: "/v1/evaluations",
    operationId: "evaluations_create",
    tags: ["evaluations"],
    summary: "Evaluate a model on benchmarks",
    description:
      "Queues one evaluation for each benchmark. Items are stored as they are answered; an interrupted evaluation goes on behind them.",
    request: {
      headers: LongWorkHeaders,
      body: { required: true, content: { "application/json": { schema: EvaluationsCreateSchema } } },
    },
    responses: {
      200: {
        description: "The operation ended within the preferred wait; its state says how.",
        content: { "application/json": { schema: EvaluationsStartedSchema } },
        headers: operationHeaders,
      },
      202: {
        description: "Queued.",
        content: { "application/json": { schema: EvaluationsStartedSchema } },
        headers: operationHeaders,
      },
      ...errorResponses([
        ...bodyErrors,
        "not-found",
        "conflict",
        "pruned",
        "invalid-value",
        "too-many-queued",
        "engine-crashed",
        "idempotency-in-flight",
        "idempotency-mismatch",
      ]),
    },
  },
  async (c) => {
    const { evaluations: service } = c.var.services;
    const started = await service.start(c.req.valid("json"), c.var.attempt);
    const { operation, status } = await awaitPreferred(c, started.operation);
    const now = started.evaluations.map(({ id }) => evaluationView(service.get(id), service.finished(id)));
    return c.json({ operation: operationView(operation), evaluations: now }, status);
  },
  { idempotent: true },
);
