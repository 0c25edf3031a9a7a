/** `npm run restore -- BACKUP [DATA]`: makes a data folder (RZERO_DATA_DIR where none is named) of a backup's folder. */
import { resolve } from "node:path";
import { BackupError } from "./backup/backup-error.ts";
import { restoreData } from "./backup/restore-data.ts";
import { ConfigError, readConfig } from "./config.ts";

const USAGE = "usage: npm run restore -- BACKUP_FOLDER [DATA_FOLDER]";

async function main([backup, data, ...rest]: readonly string[]): Promise<void> {
  if (backup === undefined || rest.length > 0) throw new BackupError("refused", USAGE);
  const dataDirectory = resolve(data ?? readConfig(process.env).dataDirectory);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const { id, createdAt, models } = await restoreData({ backupFolder: resolve(backup), dataDirectory }, say);
  for (const { name, digest } of models) say(`its runs start from the model ${name}, ${digest}, which is in no backup`);
  say(`done: ${dataDirectory} is as ${id} was at ${createdAt}`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const readable = error instanceof BackupError || error instanceof ConfigError;
  process.stderr.write(`restore: ${readable ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
