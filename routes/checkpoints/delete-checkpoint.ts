import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";

export const deleteCheckpoint = endpoint(
  {
    method: "delete",
    path: "/v1/checkpoints/{id}",
    operationId: "checkpoints_delete",
    tags: ["checkpoints"],
    summary: "Delete a checkpoint",
    description: "Refused for a checkpoint that a run stands on or has for its best, and for a pinned one.",
    request: { params: idParams("ckpt") },
    responses: { 204: { description: "It is gone." }, ...errorResponses(["not-found", "conflict"]) },
  },
  async (c) => {
    await c.var.services.checkpoints.delete(c.req.valid("param").id);
    return c.body(null, 204);
  },
);
