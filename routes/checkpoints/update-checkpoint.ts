import { endpoint } from "../edge/endpoint.ts";
import { IfMatchHeaders, requireMatch } from "../edge/precondition.ts";
import { idParams } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { CheckpointSchema, CheckpointUpdateSchema, checkpointTag, checkpointView } from "./checkpoint-schema.ts";

export const updateCheckpoint = endpoint(
  {
    method: "patch",
    path: "/v1/checkpoints/{id}",
    operationId: "checkpoints_update",
    tags: ["checkpoints"],
    summary: "Pin a checkpoint, or let go of it",
    description: "A pinned checkpoint is never pruned, and not deleted but with its run.",
    request: {
      params: idParams("ckpt"),
      headers: IfMatchHeaders,
      body: { required: true, content: { "application/json": { schema: CheckpointUpdateSchema } } },
    },
    responses: {
      200: {
        description: "The checkpoint as it is now.",
        content: { "application/json": { schema: CheckpointSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the checkpoint, for If-Match." } },
      },
      ...errorResponses([...bodyErrors, "not-found", "pruned", "precondition-failed"]),
    },
  },
  (c) => {
    const { id } = c.req.valid("param");
    const { checkpoints } = c.var.services;
    requireMatch(c.req.valid("header")["if-match"], checkpointTag(checkpoints.get(id)));
    const updated = checkpoints.update(id, c.req.valid("json"));
    c.header("etag", checkpointTag(updated));
    return c.json(checkpointView(updated), 200);
  },
);
