import { endpoint } from "../edge/endpoint.ts";
import { idSchema, JobStateSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { OperationKindSchema, OperationPageSchema, operationView } from "./operation-schema.ts";

export const listOperations = endpoint(
  {
    method: "get",
    path: "/v1/operations",
    operationId: "operations_list",
    tags: ["operations"],
    summary: "List operations",
    request: {
      query: listQuery({
        kind: OperationKindSchema.optional(),
        state: JobStateSchema.optional(),
        run: idSchema("run").optional(),
      }),
    },
    responses: {
      200: {
        description: "Operations, newest first.",
        content: { "application/json": { schema: OperationPageSchema } },
      },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { kind, state, run, ...page } = c.req.valid("query");
    const found = c.var.services.operations.list(pageRequest(page), { kind, state, run });
    return c.json(pageView(found, operationView), 200);
  },
);
