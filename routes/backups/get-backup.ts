import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { BackupSchema, backupView } from "./backup-schema.ts";

export const getBackup = endpoint(
  {
    method: "get",
    path: "/v1/backups/{id}",
    operationId: "backups_get",
    tags: ["backups"],
    summary: "Get a backup",
    request: { params: idParams("bkp") },
    responses: {
      200: { description: "The backup.", content: { "application/json": { schema: BackupSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  async (c) => c.json(backupView(await c.var.services.backups.get(c.req.valid("param").id)), 200),
);
