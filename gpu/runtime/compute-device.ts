/** A device that computes: opens sessions, takes tensors in, gives them back. One per process. */
import { dataTypes } from "../onnx/emitter.ts";
import { encodeModel } from "../onnx/proto.ts";
import { DeviceError, oneLine } from "./device-error.ts";
import { CPU, type DeviceId, type DeviceTraits, deviceIdText, traitsOf } from "./devices.ts";
import { heldOnHost, Session } from "./session.ts";
import type { DeviceTensor, HostTensor } from "./tensor.ts";

export class ComputeDevice {
  readonly id: DeviceId;
  readonly threads: number;
  readonly #copies: Copies | null;
  readonly #profilePrefix: string | undefined;

  private constructor(id: DeviceId, threads: number, copies: Copies | null, profilePrefix?: string) {
    this.id = id;
    this.threads = threads;
    this.#copies = copies;
    this.#profilePrefix = profilePrefix;
  }

  static cpu(threads: number): ComputeDevice {
    return new ComputeDevice(CPU, threads, null);
  }

  /**
   * @param profilePrefix every session writes a Chrome trace of its operators to `<prefix>_<time>.json` when it is closed
   * @throws DeviceError `device-unavailable`, with what to do about it, where there is none
   */
  static async open(id: DeviceId, threads: number, profilePrefix?: string): Promise<ComputeDevice> {
    if (id.kind === "cpu") return new ComputeDevice(id, threads, null, profilePrefix);
    const traits = traitsOf(id);
    try {
      const copies = await openCopies(id, threads);
      if (traits.keptOutputs === "device") return new ComputeDevice(id, threads, copies, profilePrefix);
      await copies.close(); // only to see whether sessions can be opened
      return new ComputeDevice(id, threads, null, profilePrefix);
    } catch (error) {
      throw new DeviceError(
        "device-unavailable",
        `${deviceIdText(id)} cannot be used here (${oneLine(error instanceof Error ? error.message : String(error))}); ${traits.remedy}`,
        error,
      );
    }
  }

  get traits(): DeviceTraits {
    return traitsOf(this.id);
  }

  /** In words, as a person would ask for it. */
  get name(): string {
    const threads = `${this.threads} thread${this.threads === 1 ? "" : "s"}`;
    return this.id.kind === "cpu" ? `cpu (${threads})` : deviceIdText(this.id);
  }

  /**
   * Whoever opens a session closes it.
   * @param keep outputs that stay on the device; then `runKeeping` runs it
   * @param storedIn folder of the files that hold the model's stored tensors
   */
  openSession(model: Uint8Array, keep: readonly string[] = [], storedIn?: string): Promise<Session> {
    return Session.open(model, {
      threads: this.threads,
      device: this.id,
      ...(storedIn === undefined ? {} : { storedIn }),
      ...(keep.length > 0 ? { keep: { names: keep, download: (tensor) => this.#download(tensor) } } : {}),
      ...(this.#profilePrefix === undefined ? {} : { profilePrefix: this.#profilePrefix }),
    });
  }

  /** What lives on a device is what it computes: weights, moments, gradients, keys and values. */
  async upload(tensor: HostTensor): Promise<DeviceTensor> {
    if (this.#copies === null) return heldOnHost(tensor);
    if (!this.traits.computes.includes(tensor.dtype))
      throw new DeviceError("unsupported-on-device", `${tensor.dtype} tensors do not stay on ${this.name}`);
    return (await this.#copies.up.runKeeping({ x: tensor })).kept.y!;
  }

  async #download(tensor: DeviceTensor): Promise<HostTensor> {
    if (this.#copies === null) throw new Error("internal: nothing is kept on the device");
    return (await this.#copies.down.run({ x: tensor })).y!;
  }

  async close(): Promise<void> {
    await this.#copies?.close();
  }
}

/** The binding cannot read a device tensor (its `getData` ends the process), but a run can: y = x, kept or fetched. */
interface Copies {
  readonly up: Session;
  readonly down: Session;
  close(): Promise<void>;
}

async function openCopies(device: DeviceId, threads: number): Promise<Copies> {
  const model = encodeModel({
    irVersion: 10,
    producerName: "rzero",
    opsetImport: [{ domain: "", version: 21 }],
    graph: {
      name: "copy",
      node: [{ name: "copy", opType: "Identity", domain: "", input: ["x"], output: ["y"], attribute: [] }],
      initializer: [],
      input: [{ name: "x", type: { tensorType: { elemType: dataTypes.float32 } } }], // of any rank
      output: [{ name: "y", type: { tensorType: { elemType: dataTypes.float32 } } }],
    },
  });
  const down = await Session.open(model, { threads, device });
  const download = async (tensor: DeviceTensor) => (await down.run({ x: tensor })).y!;
  const up = await Session.open(model, { threads, device, keep: { names: ["y"], download } });
  return {
    up,
    down,
    close: async () => {
      await up.close();
      await down.close();
    },
  };
}
