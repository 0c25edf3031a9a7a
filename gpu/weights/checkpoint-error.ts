export type CheckpointErrorCode =
  /** A file that must be there is not. */
  | "missing-file"
  /** Not a valid safetensors file, index or JSON document. */
  | "malformed"
  /** Well-formed, but something we do not read: a dtype, an architecture, a feature. */
  | "unsupported"
  /** A tensor that is missing, unexpected, or whose data does not fit its shape. */
  | "tensor-mismatch"
  /** A file that was read is another one now. */
  | "changed"
  /** The folder to write exists and holds something else. */
  | "exists";

/** A checkpoint that cannot be read or written. The message names the file or tensor and the offending value. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  readonly code: CheckpointErrorCode;
  constructor(code: CheckpointErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
