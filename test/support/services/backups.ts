/** Backups of nothing, as jobs. */
import type { Backup } from "../../../src/records/backup.ts";
import type { BackupService } from "../../../src/training/services.ts";
import { baseDigest } from "./completions.ts";
import type { InMemoryOperations } from "./operations.ts";
import { Table } from "./tables.ts";

export function inMemoryBackups(operations: InMemoryOperations, now: () => string): BackupService {
  const table = new Table<Backup>("backup", "bkp");
  return {
    create: () =>
      operations.start("backup", null, {}, async (job) => {
        await job.checkpoint();
        const { id } = table.put({
          id: table.nextId(),
          createdAt: now(),
          operationId: job.operationId,
          bytes: 12,
          checkpoints: 1,
          models: [{ name: "abacus", digest: baseDigest }],
          files: [{ path: "rzero.sqlite", bytes: 12, sha256: "00" }],
        });
        return { resources: [id], result: { backup: id } };
      }),
    list: async (page) => table.page(page, () => true),
    get: async (id) => table.get(id),
    delete: async (id) => {
      table.get(id);
      table.remove(id);
    },
  };
}
