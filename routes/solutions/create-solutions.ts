import { endpoint } from "../edge/endpoint.ts";
import { awaitPreferred } from "../edge/prefer.ts";
import { operationView } from "../operations/operation-schema.ts";
import { LongWorkHeaders, operationHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { SolutionsCreateSchema, SolutionsStartedSchema, solutionView } from "./solution-schema.ts";

export const createSolutions = endpoint(
  {
    method: "post",
    path: "/v1/solutions",
    operationId: "solutions_create",
    tags: ["solutions"],
    summary: "Answer questions and vote",
    description: "Queues `samples` Solver answers to each question; the majority becomes the pseudo-label.",
    request: {
      headers: LongWorkHeaders,
      body: { required: true, content: { "application/json": { schema: SolutionsCreateSchema } } },
    },
    responses: {
      200: {
        description: "The operation ended within the preferred wait; its state says how.",
        content: { "application/json": { schema: SolutionsStartedSchema } },
        headers: operationHeaders,
      },
      202: {
        description: "Queued.",
        content: { "application/json": { schema: SolutionsStartedSchema } },
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
    const { solutions: service } = c.var.services;
    const { operation, status } = await awaitPreferred(c, await service.solve(c.req.valid("json"), c.var.attempt));
    const solved = operation.state === "completed" ? operation.resources.map((id) => service.get(id)) : [];
    return c.json({ operation: operationView(operation), solutions: solved.map(solutionView) }, status);
  },
  { idempotent: true },
);
