/** `auto`, or the device that was asked for by name. */
import { GraphBuilder } from "../graph/builder.ts";
import { symbol } from "../graph/dim.ts";
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

/**
 * [512, 1024] times [1024, 1024], best of three after a warm-up, a number back. 16 rows first: a device that needs longer for
 * those than a CPU does for all would take minutes for all, and is not asked.
 */
async function productSeconds(device: ComputeDevice): Promise<number> {
  const builder = new GraphBuilder("probe");
  const x = builder.input("x", "float32", [symbol("N"), 1024]);
  const w = builder.input("w", "float32", [1024, 1024]);
  builder.output("corner", slice(slice(matmul(x, w), 0, 0, 1), 1, 0, 1));
  const session = await device.openSession(writeModel(builder, device.traits.lowerings));
  const matrix = (rows: number) => device.upload(float32(new Float32Array(rows * 1024).fill(0.5), [rows, 1024]));
  const weights = await matrix(1024);
  const best = async (rows: number, runs: number): Promise<number> => {
    const left = await matrix(rows);
    let fastest = Number.POSITIVE_INFINITY;
    for (let run = 0; run <= runs; run++) {
      const started = performance.now();
      await session.run({ x: left, w: weights });
      if (run > 0) fastest = Math.min(fastest, (performance.now() - started) / 1000);
    }
    left.dispose();
    return fastest;
  };
  const few = await best(16, 1);
  const seconds = few > 0.05 ? few * 32 : await best(512, 3);
  weights.dispose();
  await session.close();
  return seconds;
}
