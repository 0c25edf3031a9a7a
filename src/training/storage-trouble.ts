/** The disk, not the work: full, read-only or failing. What it stopped is not wrong, and goes on once the disk is well again. */

const FILE_SYSTEM = /^(ENOSPC|EDQUOT|EFBIG|EROFS|EIO|EACCES|EPERM|EMFILE|ENFILE)$/;
const DATABASE = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|NOMEM)/;
/** Errors are wrapped by whoever passes them on; deeper than this nobody wraps. */
const DEPTH = 5;

/** Also where the error comes from the engine's process, or stands behind another as its cause. */
export function isStorageTrouble(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < DEPTH; at = at.cause, depth++) {
    const code = "code" in at ? String(at.code) : "";
    if (FILE_SYSTEM.test(code) || DATABASE.test(code)) return true;
  }
  return false;
}
