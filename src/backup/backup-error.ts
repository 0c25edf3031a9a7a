export type BackupErrorCode =
  /** The disk has no room for the copy. */
  | "no-space"
  /** What is stored is not what it says it is. */
  | "damaged"
  /** The folder cannot be used: not a backup, in use, not empty. */
  | "refused"
  /** The file system, or the process that copies. */
  | "failed";

export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly code: BackupErrorCode;
  constructor(code: BackupErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
