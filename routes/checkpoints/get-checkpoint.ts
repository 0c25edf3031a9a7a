import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { CheckpointSchema, checkpointTag, checkpointView } from "./checkpoint-schema.ts";

export const getCheckpoint = endpoint(
  {
    method: "get",
    path: "/v1/checkpoints/{id}",
    operationId: "checkpoints_get",
    tags: ["checkpoints"],
    summary: "Get a checkpoint",
    request: { params: idParams("ckpt") },
    responses: {
      200: {
        description: "The checkpoint.",
        content: { "application/json": { schema: CheckpointSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the checkpoint, for If-Match." } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => {
    const checkpoint = c.var.services.checkpoints.get(c.req.valid("param").id);
    c.header("etag", checkpointTag(checkpoint));
    return c.json(checkpointView(checkpoint), 200);
  },
);
