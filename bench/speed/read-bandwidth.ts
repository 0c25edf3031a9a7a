/** How fast this machine reads memory through the same runtime: the largest of many numbers, far more than caches hold. */
import { GraphBuilder } from "../../gpu/graph/builder.ts";
import { reduceMax } from "../../gpu/graph/ops/reduction.ts";
import { writeModel } from "../../gpu/onnx/model-writer.ts";
import type { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import type { Session } from "../../gpu/runtime/session.ts";
import { float32, type HostTensor } from "../../gpu/runtime/tensor.ts";
import type { Probe } from "./probe.ts";

/** 400 MB. */
const shape = [1000, 100_000] as const;
const bytes = 4 * shape[0] * shape[1];

export class ReadBandwidth implements Probe {
  readonly name = "read bandwidth";
  /** Best so far, in GB/s. */
  best = 0;
  readonly #device: ComputeDevice;
  #session: Session | null = null;
  #x: HostTensor | null = null;

  constructor(device: ComputeDevice) {
    this.#device = device;
  }

  async open(): Promise<void> {
    const builder = new GraphBuilder("read_bandwidth");
    builder.output("largest", reduceMax(builder.input("x", "float32", shape), [1]));
    this.#session = await this.#device.openSession(writeModel(builder));
    this.#x = float32(new Float32Array(shape[0] * shape[1]).fill(1), shape); // filled: untouched pages are one page
    await this.#session.run({ x: this.#x });
  }

  async measure(): Promise<string> {
    let latest = 0;
    for (let repeat = 0; repeat < 3; repeat++) {
      const started = performance.now();
      await this.#session!.run({ x: this.#x! });
      latest = Math.max(latest, bytes / (performance.now() - started) / 1e6);
    }
    this.best = Math.max(this.best, latest);
    return `${latest.toFixed(1)} GB/s`;
  }

  async close(): Promise<void> {
    this.#x = null;
    await this.#session?.close();
  }
}
