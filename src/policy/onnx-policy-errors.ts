/** Errors of the device process as errors of the port. */
import { CallCancelled, DeviceProcessClosed, DeviceProcessCrashed, RemoteCallError } from "../../gpu/index.ts";
import { PolicyError, type PolicyErrorCode } from "./policy.ts";

const remoteCodes: Readonly<Record<string, PolicyErrorCode>> = {
  "weights-not-loaded": "weights-not-loaded",
  "trainer-not-open": "engine-crashed",
  "context-length-exceeded": "context-length-exceeded",
  "invalid-request": "invalid-request",
  "out-of-memory": "out-of-memory",
  "device-unavailable": "device-unavailable",
  "unsupported-on-device": "device-unavailable",
  "missing-file": "invalid-checkpoint",
  malformed: "invalid-checkpoint",
  unsupported: "invalid-checkpoint",
  "tensor-mismatch": "invalid-checkpoint",
  changed: "invalid-checkpoint",
  exists: "invalid-checkpoint",
};

/** What is no error of the device or the engine is a bug and passes unchanged. */
export async function translateErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DeviceProcessCrashed || error instanceof DeviceProcessClosed)
      throw new PolicyError("engine-crashed", error.message, { cause: error });
    if (error instanceof CallCancelled) throw new PolicyError("cancelled", error.message, { cause: error });
    const code = error instanceof RemoteCallError ? remoteCodes[error.code ?? ""] : undefined;
    if (code !== undefined) throw new PolicyError(code, (error as Error).message, { cause: error });
    throw error;
  }
}
