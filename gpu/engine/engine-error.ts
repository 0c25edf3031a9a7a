export type EngineErrorCode = "weights-not-loaded" | "trainer-not-open" | "context-length-exceeded" | "invalid-request";

/** A call the engine refuses. The code survives the way to the parent process. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  constructor(code: EngineErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
