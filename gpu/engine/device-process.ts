/** Entry of the child process that owns the device. Started by openDevice, never by hand. */
import { getPriority, setPriority } from "node:os";
import { serve } from "../process/serve.ts";
import type { DeviceMethods } from "./device-methods.ts";
import { deviceHandlers } from "./engine.ts";

/** A little below normal: it takes every core there is, and whoever answers requests needs one now and then at once. */
setPriority(Math.max(getPriority(), 5));

serve<DeviceMethods>(deviceHandlers());
