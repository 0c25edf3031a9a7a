/** The child process that copies: reading a whole database holds a thread for seconds, and may be ended at any moment. */
import { BackupError } from "./backup-error.ts";
import { type CopyRequest, copyData } from "./copy-data.ts";
import type { FromCopy } from "./copying.ts";

const reply = (message: FromCopy) => process.send?.(message);

const failure = (error: unknown): FromCopy => {
  if (error instanceof BackupError) return { failed: error.code, message: error.message };
  const { code = "", message } = error as NodeJS.ErrnoException;
  const full = /^(ENOSPC|EDQUOT|EFBIG|SQLITE_FULL)/.test(code);
  return { failed: full ? "no-space" : "failed", message: full ? `the disk is full: ${message}` : message };
};

process.once("message", (request: CopyRequest) => {
  copyData(request, (copied) => reply({ copied })).then(
    (backup) => reply({ backup }),
    (error: unknown) => reply(failure(error)),
  );
});
process.on("disconnect", () => process.exit(0));
