import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { OperationSchema, operationView } from "./operation-schema.ts";

export const cancelOperation = endpoint(
  {
    method: "post",
    path: "/v1/operations/{id}/cancel",
    operationId: "operations_cancel",
    tags: ["operations"],
    summary: "Cancel an operation",
    description: "Ends it within one step; what was finished stays. An operation that has ended answers itself.",
    request: { params: idParams("op") },
    responses: {
      200: { description: "The operation as it is now.", content: { "application/json": { schema: OperationSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  async (c) => c.json(operationView(await c.var.services.operations.cancel(c.req.valid("param").id)), 200),
);
