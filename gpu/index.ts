/** The one door of gpu/: a device process that samples, scores and trains one model, and the model's tokenizer. */
export { type Device, type DeviceOptions, openDevice } from "./engine/device.ts";
export type { DeviceMethods, OpenedModel } from "./engine/device-methods.ts";
export { type Ragged, raggedFloats, raggedTokens, unragged } from "./engine/ragged.ts";
export type { SampledRows } from "./engine/sampler.ts";
export { CallCancelled, DeviceProcessClosed, DeviceProcessCrashed, RemoteCallError } from "./process/process-errors.ts";
export { openTokenizer, type Tokenizer } from "./tokenizer/tokenizer.ts";
