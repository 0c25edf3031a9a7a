/** Opens a device and says so, or says in one line why not: `tsx test/probe-device.ts webgpu`. */
import { ComputeDevice } from "../gpu/runtime/compute-device.ts";
import { parseDeviceId } from "../gpu/runtime/devices.ts";

async function main(): Promise<void> {
  const name = process.argv[2] ?? "";
  const id = parseDeviceId(name);
  if (id === null) throw new Error(`${JSON.stringify(name)} is no device`);
  const device = await ComputeDevice.open(id, 1);
  console.log(`${device.name} opened`);
  await device.close();
}

main().catch((error: unknown) => {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
