import { endpoint } from "../edge/endpoint.ts";
import { awaitPreferred } from "../edge/prefer.ts";
import { operationView } from "../operations/operation-schema.ts";
import { LongWorkHeaders, operationHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { IterationsCreateSchema, IterationsStartedSchema, iterationView } from "./iteration-schema.ts";

export const startIterations = endpoint(
  {
    method: "post",
    path: "/v1/iterations",
    operationId: "iterations_create",
    tags: ["iterations"],
    summary: "Run the whole loop",
    description: [
      "Queues iterations of Challenger and Solver: propose, vote, gate, train both, evaluate.",
      "An empty body makes a run with default settings and gives it one iteration.",
    ].join(" "),
    request: {
      headers: LongWorkHeaders,
      body: { content: { "application/json": { schema: IterationsCreateSchema } } },
    },
    responses: {
      200: {
        description: "The operation ended within the preferred wait; its state says how.",
        content: { "application/json": { schema: IterationsStartedSchema } },
        headers: operationHeaders,
      },
      202: {
        description: "Queued.",
        content: { "application/json": { schema: IterationsStartedSchema } },
        headers: operationHeaders,
      },
      ...errorResponses([
        ...bodyErrors,
        "not-found",
        "conflict",
        "invalid-value",
        "too-many-queued",
        "idempotency-in-flight",
        "idempotency-mismatch",
      ]),
    },
  },
  async (c) => {
    const { iterations: service } = c.var.services;
    const started = await service.start(c.req.valid("json"), c.var.attempt);
    const { operation, status } = await awaitPreferred(c, started.operation);
    const iterations = status === 200 ? started.iterations.map(({ id }) => service.get(id)) : started.iterations;
    return c.json({ operation: operationView(operation), iterations: iterations.map(iterationView) }, status);
  },
  { idempotent: true },
);
