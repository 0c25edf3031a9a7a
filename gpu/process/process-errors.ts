import type { ErrorRecord } from "./protocol.ts";

/** The child ended while it was wanted. What it held in memory is gone; the next call starts another. */
export class DeviceProcessCrashed extends Error {
  override readonly name = "DeviceProcessCrashed";
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines it wrote to its standard output and error. */
  readonly lastOutput: readonly string[];

  /** `silence`: seconds after which it was given up, where that is why it ended. */
  constructor(
    pid: number | undefined,
    exitCode: number | null,
    signal: string | null,
    lastOutput: readonly string[],
    silence: number | null = null,
  ) {
    const how =
      silence !== null
        ? `gave no sign of life for ${silence} s while it worked, and was ended`
        : signal === null
          ? `exited with code ${exitCode}`
          : `was ended by ${signal}`;
    const said = lastOutput.length === 0 ? "it wrote nothing" : `its last words:\n${lastOutput.join("\n")}`;
    super(`the device process ${pid ?? "(not started)"} ${how}; ${said}`);
    this.exitCode = exitCode;
    this.signal = signal;
    this.lastOutput = lastOutput;
  }
}

/** The client was closed before the call could finish. */
export class DeviceProcessClosed extends Error {
  override readonly name = "DeviceProcessClosed";
  constructor() {
    super("the device process was closed");
  }
}

/** The caller's signal ended the call; the child has said so, nothing of it is running any more. `cause` is the signal's reason. */
export class CallCancelled extends Error {
  override readonly name = "CallCancelled";
  constructor(method: string, cause: unknown) {
    super(`${method} was cancelled`, { cause });
  }
}

/** A method threw in the child. */
export class RemoteCallError extends Error {
  override readonly name = "RemoteCallError";
  readonly method: string;
  /** Name of the error's class in the child. */
  readonly remoteName: string;
  /** The error's `code`, where it had one. */
  readonly code: string | undefined;
  /** The error's `details`, where it had any that can be cloned. */
  readonly details: unknown;
  readonly remoteStack: string | undefined;

  constructor(method: string, error: ErrorRecord) {
    super(error.message);
    this.method = method;
    this.remoteName = error.name;
    this.code = error.code;
    this.details = error.details;
    this.remoteStack = error.stack;
  }
}
