import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";

export const deleteBackup = endpoint(
  {
    method: "delete",
    path: "/v1/backups/{id}",
    operationId: "backups_delete",
    tags: ["backups"],
    summary: "Delete a backup",
    request: { params: idParams("bkp") },
    responses: { 204: { description: "It is gone." }, ...errorResponses(["not-found"]) },
  },
  async (c) => {
    await c.var.services.backups.delete(c.req.valid("param").id);
    return c.body(null, 204);
  },
);
