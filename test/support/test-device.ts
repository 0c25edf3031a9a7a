/**
 * The device that the gpu tests run their graphs on: `RZERO_TEST_DEVICE`, the CPU if it is not set. One thread, so that
 * results do not depend on the machine.
 */
import { afterAll } from "vitest";
import type { Graph } from "../../gpu/graph/node.ts";
import { writeModel } from "../../gpu/onnx/model-writer.ts";
import { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { parseDeviceId } from "../../gpu/runtime/devices.ts";
import type { Session } from "../../gpu/runtime/session.ts";

const name = process.env.RZERO_TEST_DEVICE ?? "cpu";
const id = parseDeviceId(name);
if (id === null) throw new Error(`RZERO_TEST_DEVICE is ${JSON.stringify(name)}; expected cpu, webgpu or cuda[:n]`);

export const testDevice = await ComputeDevice.open(id, 1);
afterAll(() => testDevice.close());

export const onCpu = id.kind === "cpu";

/** All cases on the CPU, the first few elsewhere: a software adapter is a hundred times slower, and cases differ little there. */
export const fewer = <T>(cases: readonly T[], elsewhere = 1): readonly T[] =>
  onCpu ? cases : cases.slice(0, elsewhere);

/** Whoever opens it closes it. */
export const openTestSession = (graph: Graph): Promise<Session> =>
  testDevice.openSession(writeModel(graph, testDevice.traits.lowerings));
