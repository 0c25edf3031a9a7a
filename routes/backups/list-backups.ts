import { endpoint } from "../edge/endpoint.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { BackupPageSchema, backupView } from "./backup-schema.ts";

export const listBackups = endpoint(
  {
    method: "get",
    path: "/v1/backups",
    operationId: "backups_list",
    tags: ["backups"],
    summary: "List backups",
    request: { query: listQuery({}) },
    responses: {
      200: { description: "Backups, newest first.", content: { "application/json": { schema: BackupPageSchema } } },
      ...errorResponses(["invalid-value"]),
    },
  },
  async (c) => c.json(pageView(await c.var.services.backups.list(pageRequest(c.req.valid("query"))), backupView), 200),
);
