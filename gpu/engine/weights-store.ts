/**
 * Weights by digest. Immutable once here: whoever trains puts new ones beside them. Each is held on the host, where a digest
 * and a file are made of it, and on the device from its first use on; on the CPU both are one array.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { ComputeDevice } from "../runtime/compute-device.ts";
import { type DeviceTensor, float32 } from "../runtime/tensor.ts";
import { weightsDigest } from "../weights/weights-digest.ts";
import { EngineError } from "./engine-error.ts";
import { namedTensors } from "./flat-weights.ts";

export type Digest = `sha256:${string}`;

interface Stored {
  readonly flat: Float32Array;
  resident: DeviceTensor | null;
}

export class WeightsStore {
  readonly #device: ComputeDevice;
  readonly #config: DecoderConfig;
  readonly #weights = new Map<string, Stored>();

  constructor(device: ComputeDevice, config: DecoderConfig) {
    this.#device = device;
    this.#config = config;
  }

  digestOf(flat: Float32Array): Digest {
    return weightsDigest(namedTensors(this.#config, flat));
  }

  put(flat: Float32Array): Digest {
    const digest = this.digestOf(flat);
    if (!this.#weights.has(digest)) this.#weights.set(digest, { flat, resident: null });
    return digest;
  }

  /** Takes over weights that a run made, downloading them for their digest. Use `resident` from here on. */
  async adopt(made: DeviceTensor): Promise<Digest> {
    const digest = this.put((await made.download()).data as Float32Array);
    const stored = this.#weights.get(digest)!;
    if (stored.resident === null) stored.resident = made;
    else made.dispose();
    return digest;
  }

  has(digest: string): boolean {
    return this.#weights.has(digest);
  }

  /** [P] @throws EngineError `weights-not-loaded` */
  get(digest: string): Float32Array {
    return this.#stored(digest).flat;
  }

  /** [P] on the device. The store disposes it when it forgets the weights. @throws EngineError `weights-not-loaded` */
  async resident(digest: string): Promise<DeviceTensor> {
    const stored = this.#stored(digest);
    stored.resident ??= await this.#device.upload(float32(stored.flat, [stored.flat.length]));
    return stored.resident;
  }

  forget(digest: string): void {
    this.#weights.get(digest)?.resident?.dispose();
    this.#weights.delete(digest);
  }

  #stored(digest: string): Stored {
    const stored = this.#weights.get(digest);
    if (!stored) throw new EngineError("weights-not-loaded", `weights ${digest} are not loaded`);
    return stored;
  }
}
