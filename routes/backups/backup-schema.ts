/** Backups on the wire. They lie in folders named by their ids, where the service was told to put them. */
import { z } from "@hono/zod-openapi";
import type { Backup } from "../../src/records/backup.ts";
import { exampleOperation, OperationSchema } from "../operations/operation-schema.ts";
import { DigestSchema, nullable, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

const exampleModel = { name: "abacus", digest: `sha256:${"9f86d081884c7d65".repeat(4)}` };

const BackupModelSchema = z
  .object({ name: z.string(), digest: DigestSchema })
  .openapi("BackupModel", { example: exampleModel });

const exampleBackup = {
  id: "bkp_01JZX3T5N8Q4W2E6R7T9Y1V3K1",
  createdAt: "2026-08-22T09:31:00.000Z",
  operationId: "op_01JZX3T5N8Q4W2E6R7T9Y1V3B8",
  bytes: 41_943_040,
  checkpoints: 6,
  models: [exampleModel],
};

export const BackupSchema = z
  .object({
    id: z.string().openapi({ description: "Also the name of its folder." }),
    createdAt: TimestampSchema,
    operationId: z.string(),
    bytes: z
      .number()
      .int()
      .openapi({ description: "Of all files; those that did not change take no room twice on one disk." }),
    checkpoints: z.number().int().openapi({ description: "Checkpoints whose files are in it." }),
    models: z
      .array(BackupModelSchema)
      .openapi({ description: "Base models its runs start from. Those are not in it." }),
  })
  .openapi("Backup", { example: exampleBackup });

export const BackupPageSchema = pageSchema("BackupPage", BackupSchema, exampleBackup);

export const BackupStartedSchema = z
  .object({ operation: OperationSchema, backup: nullable(BackupSchema) })
  .openapi("BackupStarted", {
    description: "`backup` is null until the operation completed; its id is the operation's only resource.",
    example: {
      operation: {
        ...exampleOperation,
        kind: "backup" as const,
        runId: null,
        resources: [exampleBackup.id],
        request: {},
      },
      backup: exampleBackup,
    },
  });

export function backupView(backup: Backup): z.infer<typeof BackupSchema> {
  const { id, createdAt, operationId, bytes, checkpoints, models } = backup;
  return {
    id,
    createdAt,
    operationId,
    bytes,
    checkpoints,
    models: models.map(({ name, digest }) => ({ name, digest })),
  };
}
