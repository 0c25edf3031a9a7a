/**
 * The only import of onnxruntime-node: sessions over model bytes, tensors in and out.
 * `run` blocks the thread it is called on, which is why all of this lives in a child process (gpu/process).
 */
import * as ort from "onnxruntime-node";
import type { DType } from "../graph/node.ts";
import { asDeviceError, DeviceError } from "./device-error.ts";
import { CPU, type DeviceId, deviceIdText, traitsOf } from "./devices.ts";
import { bytesOf, type DeviceTensor, type HostTensor, type Tensor, type TensorData } from "./tensor.ts";

export interface SessionOptions {
  /** Intra-op threads; results are bit-identical for the same number only. */
  readonly threads: number;
  /** The CPU if not given. Sessions that keep outputs are opened by a ComputeDevice, which can download them. */
  readonly device?: DeviceId;
  readonly keep?: KeptOutputs;
  /** The folder of the files that hold the model's stored tensors; they are mapped, not read. */
  readonly storedIn?: string;
  /** Writes a Chrome trace of every operator to `<prefix>_<time>.json` when the session is released. */
  readonly profilePrefix?: string;
}

/** Outputs that stay on the device. The runtime wants to know them before the first run. */
export interface KeptOutputs {
  readonly names: readonly string[];
  readonly download: (tensor: DeviceTensor) => Promise<HostTensor>;
}

export interface RunResult {
  /** Fresh arrays. */
  readonly host: Readonly<Record<string, HostTensor>>;
  /** Whoever ran disposes them. */
  readonly kept: Readonly<Record<string, DeviceTensor>>;
}

let openSessions = 0;
/** Sessions not yet released, for the leak test. */
export const liveSessions = (): number => openSessions;

let heldTensors = 0;
/** Device tensors not yet disposed, for the leak test. */
export const liveDeviceTensors = (): number => heldTensors;

/** Whoever opens a session closes it. */
export class Session {
  readonly #session: ort.InferenceSession;
  readonly #device: DeviceId;
  readonly #keep: KeptOutputs | null;
  #closed = false;

  private constructor(session: ort.InferenceSession, device: DeviceId, keep: KeptOutputs | null) {
    this.#session = session;
    this.#device = device;
    this.#keep = keep;
    openSessions++;
  }

  static async open(model: Uint8Array, options: SessionOptions): Promise<Session> {
    const { threads, device = CPU, keep = null, storedIn, profilePrefix } = options;
    const traits = traitsOf(device);
    // Threads wait for their next part by spinning, but not from one run to the next: for the 30 ms they would, a session
    // that has ended takes the cores of the one that works.
    const extra = { session: { force_spinning_stop: "1" } };
    const native: ort.InferenceSession.SessionOptions = {
      executionProviders: traits.executionProviders(device.index),
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      enableCpuMemArena: true,
      enableMemPattern: false, // shapes change from run to run
      logSeverityLevel: 3,
      extra,
    };
    // Packed for one kind of product a weight is a copy of its own in every session, instead of a file's pages in all.
    if (storedIn !== undefined)
      Object.assign(extra.session, { model_external_initializers_file_folder_path: storedIn, disable_prepacking: "1" });
    if (profilePrefix !== undefined) Object.assign(native, { enableProfiling: true, profileFilePrefix: profilePrefix });
    if (keep !== null && traits.keptOutputs === "device")
      native.preferredOutputLocation = Object.fromEntries(keep.names.map((name) => [name, "gpu-buffer"]));
    return new Session(await ort.InferenceSession.create(model, native), device, keep);
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  /** Runs the whole graph of a session that keeps nothing. Outputs are fresh arrays. */
  async run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[],
  ): Promise<Record<string, HostTensor>> {
    if (this.#keep !== null) throw new Error("internal: this session keeps outputs; use runKeeping");
    const results = await this.#run(inputs, outputs ?? this.#session.outputNames);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, hostTensor(tensor)]));
  }

  /** Runs the whole graph: what the session was opened to keep stays on the device, the rest are fresh arrays. */
  async runKeeping(inputs: Readonly<Record<string, Tensor>>): Promise<RunResult> {
    const results = Object.entries(await this.#run(inputs, this.#session.outputNames));
    const isKept = (name: string) => this.#keep?.names.includes(name) ?? false;
    return {
      host: Object.fromEntries(results.filter(([name]) => !isKept(name)).map(([name, t]) => [name, hostTensor(t)])),
      kept: Object.fromEntries(
        results
          .filter(([name]) => isKept(name))
          .map(([name, t]) => [name, new HeldTensor(t, this.#keep!.download) satisfies DeviceTensor]),
      ),
    };
  }

  async #run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]) {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, nativeTensor(tensor)]));
    try {
      return await this.#session.run(feeds, outputs);
    } catch (error) {
      const sizes = Object.entries(inputs).map(([name, tensor]) => `${name} [${tensor.shape}]`);
      const total = Object.values(inputs).reduce((sum, tensor) => sum + bytesOf(tensor), 0);
      throw asDeviceError(error, deviceIdText(this.#device), `${sizes.join(", ")} (${total} bytes)`);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#session !== undefined) {
      await this.#session.release();
      openSessions--;
    }
  }
}

const hostTensor = (tensor: ort.Tensor): HostTensor => ({
  dtype: tensor.type as DType,
  shape: tensor.dims,
  data: tensor.data as TensorData,
});

function nativeTensor(tensor: Tensor): ort.Tensor {
  if (tensor instanceof HeldTensor) return tensor.native();
  if ("data" in tensor) return new ort.Tensor(tensor.dtype, tensor.data as never, [...tensor.shape]);
  throw new Error("internal: a device tensor that no session made");
}

class HeldTensor implements DeviceTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly #download: KeptOutputs["download"];
  #tensor: ort.Tensor | null;

  constructor(tensor: ort.Tensor, download: KeptOutputs["download"]) {
    this.dtype = tensor.type as DType;
    this.shape = tensor.dims;
    this.#tensor = tensor;
    this.#download = download;
    heldTensors++;
  }

  native(): ort.Tensor {
    if (this.#tensor === null)
      throw new DeviceError(
        "unsupported-on-device",
        `a tensor ${this.dtype} [${this.shape}] was used after its disposal`,
      );
    return this.#tensor;
  }

  async download(): Promise<HostTensor> {
    const tensor = this.native();
    return tensor.location === "cpu" ? hostTensor(tensor) : this.#download(this);
  }

  dispose(): void {
    if (this.#tensor === null) return;
    if (this.#tensor.location !== "cpu") this.#tensor.dispose(); // an array is the collector's business
    this.#tensor = null;
    heldTensors--;
  }
}

/** A host array where kept outputs are host arrays: no copy. */
export const heldOnHost = ({ dtype, shape, data }: HostTensor): DeviceTensor =>
  new HeldTensor(new ort.Tensor(dtype, data as never, [...shape]), () => Promise.reject(new Error("internal")));
