import { endpoint } from "../edge/endpoint.ts";
import { operationView } from "../operations/operation-schema.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { IterationCancelledSchema, iterationView } from "./iteration-schema.ts";

export const cancelIteration = endpoint(
  {
    method: "post",
    path: "/v1/iterations/{id}/cancel",
    operationId: "iterations_cancel",
    tags: ["iterations"],
    summary: "Cancel an iteration",
    description: "Cancels its operation, and with it the iterations queued behind it in the same operation.",
    request: { params: idParams("iter") },
    responses: {
      200: {
        description: "Both as they are now.",
        content: { "application/json": { schema: IterationCancelledSchema } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  async (c) => {
    const { iterations, operations } = c.var.services;
    const { id, operationId } = iterations.get(c.req.valid("param").id);
    const operation = await operations.cancel(operationId);
    return c.json({ operation: operationView(operation), iteration: iterationView(iterations.get(id)) }, 200);
  },
);
