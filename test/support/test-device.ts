/**
 * The device that the gpu tests run their graphs on: `RZERO_TEST_DEVICE`, the CPU if it is not set. Opened with one thread,
 * so that results do not depend on the machine.
 */
import { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { parseDeviceId } from "../../gpu/runtime/devices.ts";

const name = process.env.RZERO_TEST_DEVICE ?? "cpu";

/** Whoever opens it closes it. */
export function openTestDevice(threads = 1): Promise<ComputeDevice> {
  const id = parseDeviceId(name);
  if (id === null) throw new Error(`RZERO_TEST_DEVICE is ${JSON.stringify(name)}; expected cpu, webgpu or cuda[:n]`);
  return ComputeDevice.open(id, threads);
}
