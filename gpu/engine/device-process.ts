/** Entry of the child process that owns the device. Started by openDevice, never by hand. */
import { serve } from "../process/serve.ts";
import type { DeviceMethods } from "./device-methods.ts";
import { deviceHandlers } from "./engine.ts";

serve<DeviceMethods>(deviceHandlers());
