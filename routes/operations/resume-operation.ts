import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { OperationSchema, operationView } from "./operation-schema.ts";

export const resumeOperation = endpoint(
  {
    method: "post",
    path: "/v1/operations/{id}/resume",
    operationId: "operations_resume",
    tags: ["operations"],
    summary: "Resume a paused operation",
    description: "It is queued again, in the place it had by its age, and goes on where it stood.",
    request: { params: idParams("op") },
    responses: {
      200: { description: "The operation as it is now.", content: { "application/json": { schema: OperationSchema } } },
      ...errorResponses(["not-found", "conflict"]),
    },
  },
  (c) => c.json(operationView(c.var.services.operations.resume(c.req.valid("param").id)), 200),
);
