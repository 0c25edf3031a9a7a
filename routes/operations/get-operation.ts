import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { OperationSchema, operationView } from "./operation-schema.ts";

export const getOperation = endpoint(
  {
    method: "get",
    path: "/v1/operations/{id}",
    operationId: "operations_get",
    tags: ["operations"],
    summary: "Get an operation",
    request: { params: idParams("op") },
    responses: {
      200: { description: "The operation.", content: { "application/json": { schema: OperationSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json(operationView(c.var.services.operations.get(c.req.valid("param").id)), 200),
);
