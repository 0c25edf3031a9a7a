/** Weights by digest. Immutable once here: whoever trains puts new ones beside them. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { weightsDigest } from "../weights/weights-digest.ts";
import { EngineError } from "./engine-error.ts";
import { namedTensors } from "./flat-weights.ts";

export type Digest = `sha256:${string}`;

export class WeightsStore {
  readonly #config: DecoderConfig;
  readonly #weights = new Map<string, Float32Array>();

  constructor(config: DecoderConfig) {
    this.#config = config;
  }

  digestOf(flat: Float32Array): Digest {
    return weightsDigest(namedTensors(this.#config, flat));
  }

  put(flat: Float32Array): Digest {
    const digest = this.digestOf(flat);
    if (!this.#weights.has(digest)) this.#weights.set(digest, flat);
    return digest;
  }

  has(digest: string): boolean {
    return this.#weights.has(digest);
  }

  /** [P] @throws EngineError `weights-not-loaded` */
  get(digest: string): Float32Array {
    const flat = this.#weights.get(digest);
    if (!flat) throw new EngineError("weights-not-loaded", `weights ${digest} are not loaded`);
    return flat;
  }

  forget(digest: string): void {
    this.#weights.delete(digest);
  }
}
