/** Backups: made, listed, deleted. What there is, the folder says. */
import type { BackupFolders } from "../backup/backup-folders.ts";
import type { Backup } from "../records/backup.ts";
import type { Environment } from "./environment.ts";
import type { OperationQueue } from "./operation-queue.ts";
import { type BackupService, ServiceError } from "./services.ts";

export function createBackupService(
  { curriculum }: Environment,
  queue: OperationQueue,
  folders: BackupFolders,
): BackupService {
  const get = async (id: string): Promise<Backup> => {
    const backup = await folders.find(id);
    if (backup === null) throw new ServiceError("not-found", `there is no backup ${JSON.stringify(id)}`, { value: id });
    return backup;
  };
  return {
    create: (attempt) =>
      queue.queuedBy(attempt) ??
      queue.submit({ kind: "backup", runId: null, request: {}, attempt, prepare: () => [curriculum.makeId("backup")] }),
    list: async ({ limit, after }) => {
      const ids = await folders.ids();
      const found: Backup[] = [];
      let rest = after === null ? ids : ids.filter((id) => id < after);
      for (; rest.length > 0 && found.length < limit; rest = rest.slice(1)) {
        const backup = await folders.find(rest[0]!);
        if (backup !== null) found.push(backup);
      }
      const hasMore = rest.length > 0;
      return { data: found, hasMore, nextCursor: hasMore ? found.at(-1)!.id : null };
    },
    get,
    delete: async (id) => folders.remove((await get(id)).id),
  };
}
