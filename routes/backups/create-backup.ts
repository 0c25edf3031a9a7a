import { endpoint } from "../edge/endpoint.ts";
import { awaitPreferred } from "../edge/prefer.ts";
import { operationView } from "../operations/operation-schema.ts";
import { LongWorkHeaders, operationHeaders } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { BackupStartedSchema, backupView } from "./backup-schema.ts";

export const createBackup = endpoint(
  {
    method: "post",
    path: "/v1/backups",
    operationId: "backups_create",
    tags: ["backups"],
    summary: "Make a backup",
    description: [
      "The database as it is at one instant, and every checkpoint it names, checked. It is made beside whatever trains; a",
      "backup that could not be finished leaves nothing. The operation fails with `no-space` or `damaged` where it must.",
    ].join(" "),
    request: { headers: LongWorkHeaders },
    responses: {
      200: {
        description: "The operation ended within the preferred wait; its state says how.",
        content: { "application/json": { schema: BackupStartedSchema } },
        headers: operationHeaders,
      },
      202: {
        description: "Queued.",
        content: { "application/json": { schema: BackupStartedSchema } },
        headers: operationHeaders,
      },
      ...errorResponses(["conflict", "too-many-queued", "idempotency-in-flight", "idempotency-mismatch"]),
    },
  },
  async (c) => {
    const { backups } = c.var.services;
    const { operation, status } = await awaitPreferred(c, backups.create(c.var.attempt));
    const backup = operation.state === "completed" ? await backups.get(operation.resources[0]!) : null;
    return c.json({ operation: operationView(operation), backup: backup && backupView(backup) }, status);
  },
  { idempotent: true },
);
