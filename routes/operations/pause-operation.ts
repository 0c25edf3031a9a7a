import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { OperationSchema, operationView } from "./operation-schema.ts";

export const pauseOperation = endpoint(
  {
    method: "post",
    path: "/v1/operations/{id}/pause",
    operationId: "operations_pause",
    tags: ["operations"],
    summary: "Pause an operation",
    description: [
      "It waits until it is resumed, also across restarts, and what is queued behind it runs; only operations of the same",
      "run wait with it (evaluations do not). A running one stops between two steps: the step it was in is made again, and",
      "the end is the same as without the pause. Answered when it stands still; a paused one answers itself.",
    ].join(" "),
    request: { params: idParams("op") },
    responses: {
      200: { description: "The operation as it is now.", content: { "application/json": { schema: OperationSchema } } },
      ...errorResponses(["not-found", "conflict"]),
    },
  },
  async (c) => c.json(operationView(await c.var.services.operations.pause(c.req.valid("param").id)), 200),
);
