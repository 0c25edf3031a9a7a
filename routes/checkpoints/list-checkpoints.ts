import { endpoint } from "../edge/endpoint.ts";
import { idSchema, RoleSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { CheckpointPageSchema, checkpointView } from "./checkpoint-schema.ts";

export const listCheckpoints = endpoint(
  {
    method: "get",
    path: "/v1/checkpoints",
    operationId: "checkpoints_list",
    tags: ["checkpoints"],
    summary: "List checkpoints",
    request: { query: listQuery({ run: idSchema("run").optional(), role: RoleSchema.optional() }) },
    responses: {
      200: {
        description: "Checkpoints, newest first.",
        content: { "application/json": { schema: CheckpointPageSchema } },
      },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { run, role, ...page } = c.req.valid("query");
    const found = c.var.services.checkpoints.list(pageRequest(page), { run, role });
    return c.json(pageView(found, checkpointView), 200);
  },
);
