/** `auto`, or the device that was asked for by name. */
import { GraphBuilder } from "../graph/builder.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { slice } from "../graph/ops/movement.ts";
import { writeModel } from "../onnx/model-writer.ts";
import { ComputeDevice } from "../runtime/compute-device.ts";
import { DeviceError } from "../runtime/device-error.ts";
import { parseDeviceId } from "../runtime/devices.ts";
import { float32 } from "../runtime/tensor.ts";

export interface ChosenDevice {
  readonly device: ComputeDevice;
  /** Why that one; empty where it was asked for by name. */
  readonly reason: string;
}

/** Below this many parameters a step is hundreds of tiny products, and launching them costs more than computing them here. */
const WORTH_A_GPU = 20_000_000;
/** What a GPU must at least be faster by at a product to be chosen: a software adapter never is. */
const MUCH_FASTER = 2;

/**
 * `auto` never takes CUDA: in Node its outputs come back to the host after every run, so it pays only where someone knows
 * that it does.
 * @throws DeviceError `device-unavailable` for a device that was asked for and is not there
 */
export async function chooseDevice(asked: string, threads: number, parameters: number): Promise<ChosenDevice> {
  if (asked !== "auto") {
    const id = parseDeviceId(asked);
    if (id === null)
      throw new DeviceError("device-unavailable", `${asked} is no device; expected auto, cpu, webgpu or cuda[:n]`);
    return { device: await ComputeDevice.open(id, threads), reason: "" };
  }
  const cpu = ComputeDevice.cpu(threads);
  const because = (reason: string): ChosenDevice => ({ device: cpu, reason: `chosen by auto, ${reason}` });
  if (parameters < WORTH_A_GPU)
    return because(`a model of ${(parameters / 1e6).toFixed(1)} million parameters gains nothing from a GPU`);
  let webgpu: ComputeDevice;
  try {
    webgpu = await ComputeDevice.open({ kind: "webgpu", index: 0 }, threads);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return because(error.message);
  }
  const ratio = (await productSeconds(cpu)) / (await productSeconds(webgpu));
  const measured = `webgpu is ${ratio < 0.1 ? ratio.toFixed(3) : ratio.toFixed(1)} times as fast at a matrix product`;
  if (ratio >= MUCH_FASTER) return { device: webgpu, reason: `chosen by auto, ${measured}` };
  await webgpu.close();
  return because(`${measured}, as a software adapter would be`);
}

/** Best of three after a warm-up: [512, 1024] times [1024, 1024], a number back. */
async function productSeconds(device: ComputeDevice): Promise<number> {
  const builder = new GraphBuilder("probe");
  const [x, w] = [builder.input("x", "float32", [512, 1024]), builder.input("w", "float32", [1024, 1024])];
  builder.output("corner", slice(slice(matmul(x, w), 0, 0, 1), 1, 0, 1));
  const session = await device.openSession(writeModel(builder, device.traits.lowerings));
  const inputs = {
    x: await device.upload(float32(new Float32Array(512 * 1024).fill(0.5), [512, 1024])),
    w: await device.upload(float32(new Float32Array(1024 * 1024).fill(0.5), [1024, 1024])),
  };
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4; run++) {
    const started = performance.now();
    await session.run(inputs);
    if (run > 0) best = Math.min(best, (performance.now() - started) / 1000);
  }
  for (const held of Object.values(inputs)) held.dispose();
  await session.close();
  return best;
}
