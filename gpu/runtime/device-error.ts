export type DeviceErrorCode = "device-unavailable" | "out-of-memory" | "unsupported-on-device";

/** What a device cannot do. The code survives the way to the parent process. */
export class DeviceError extends Error {
  override readonly name = "DeviceError";
  readonly code: DeviceErrorCode;
  constructor(code: DeviceErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof DeviceError && error.code === "out-of-memory";

/** How those below us say it: ONNX Runtime's arena, C++, CUDA, V8; Dawn, of a buffer or of what one kernel may be bound to. */
const allocationFailures = new RegExp(
  [
    "failed to allocate memory|bad_alloc|out of memory|smaller than requested bytes",
    "allocation size too large|array buffer allocation failed|invalid typed array length",
    "exceeds the max buffer size|exceeds the maximum (storage )?buffer|larger than the maximum (storage buffer )?binding size",
    "exceeding maxStorageBufferBindingSize|number of storage buffers .* exceeds the maximum per-stage limit",
  ].join("|"),
  "i",
);

/** An error of the native library as ours; anything that is not about memory passes unchanged. */
export function asDeviceError(error: unknown, device: string, inputs: string): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (!allocationFailures.test(message)) return error;
  return new DeviceError(
    "out-of-memory",
    `${device} has no memory for a run over ${inputs}: ${oneLine(message)}`,
    error,
  );
}

/** The runtime's messages span lines and carry source locations and failed assertions before what they say. */
export const oneLine = (message: string): string =>
  message
    .replace(/\/[\w./-]+\.(cc|cpp|h):\d+ \S+( \[[^\]]*\])?/g, "")
    .replace(/^[\s\S]* was false\. /, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 300);
