/** A copy of everything a service remembers, from which another can start. */

/** A file of a backup, relative to its folder. */
export interface BackupFile {
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface Backup {
  readonly id: string;
  readonly createdAt: string;
  /** Of the operation that made it. */
  readonly operationId: string;
  /** Of all files together. */
  readonly bytes: number;
  /** Checkpoints with their files. */
  readonly checkpoints: number;
  /** Base models its runs start from. Their folders are not in it. */
  readonly models: readonly { readonly name: string; readonly digest: string }[];
  /** The database first. */
  readonly files: readonly BackupFile[];
}
