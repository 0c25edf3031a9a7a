/**
 * Weights by digest: of a whole model, or an adapter over the base. Immutable once here: whoever trains puts new ones beside
 * them. Each is held on the host, where a digest and a file are made of it, and on the device from its first use on; on the
 * CPU both are one array. The base is there once, however many adapters stand on it: where its files can be mapped, in the
 * system's cache of them, which all sessions share.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { loraSpecs } from "../models/lora.ts";
import type { LoraConfig } from "../models/lora-config.ts";
import { largestFlat, layoutKey, type WeightsLayout } from "../models/model-inputs.ts";
import type { ComputeDevice } from "../runtime/compute-device.ts";
import { type DeviceTensor, float32 } from "../runtime/tensor.ts";
import { adapterMetadata, peftTensors } from "../weights/adapter-folder.ts";
import { weightsDigest } from "../weights/weights-digest.ts";
import { EngineError } from "./engine-error.ts";
import { namedTensors, tensorsOf } from "./flat-weights.ts";
import type { BaseWeights } from "./load-weights.ts";
import type { MappedWeights } from "./mapped-weights.ts";

export type Digest = `sha256:${string}`;

/** `lora` null: all weights of the model, flat [P]. Otherwise an adapter over the base, flat. */
export interface HostWeights {
  readonly lora: LoraConfig | null;
  readonly flat: Float32Array;
}

/** Weights where a program of this layout reads them. The store disposes the tensors when it forgets the weights. */
export interface ResidentWeights {
  readonly layout: WeightsLayout;
  /** By the names of the program's inputs. */
  readonly feeds: Readonly<Record<string, DeviceTensor>>;
  /** The files its programs are opened with, where the layout reads them. */
  readonly mapped: MappedWeights | null;
}

/** A whole model as one vector on the device. */
export const wholeModel = (weights: DeviceTensor): ResidentWeights => ({
  layout: "flat",
  feeds: { weights },
  mapped: null,
});

interface Stored {
  readonly lora: LoraConfig | null;
  /** null: in the files only, until somebody wants to `read` them. */
  readonly flat: Float32Array | null;
  /** By layout. */
  readonly resident: Map<string, Promise<ResidentWeights>>;
}

export class WeightsStore {
  readonly #device: ComputeDevice;
  readonly #config: DecoderConfig;
  readonly #weights = new Map<string, Stored>();
  readonly #mapped: MappedWeights | null;
  readonly base: Digest;

  /** @param base the weights the model came with; where they are large and mapped, they are not kept */
  constructor(device: ComputeDevice, config: DecoderConfig, { flat, mapped }: BaseWeights) {
    this.#device = device;
    this.#config = config;
    this.#mapped = device.traits.mapsFiles ? mapped : null;
    this.base = this.#digestOf({ lora: null, flat });
    const kept = this.#mapped === null || flat.length <= largestFlat ? flat : null;
    this.#weights.set(this.base, { lora: null, flat: kept, resident: new Map() });
  }

  put(weights: HostWeights): Digest {
    const digest = this.#digestOf(weights);
    if (!this.#weights.has(digest)) this.#weights.set(digest, { ...weights, resident: new Map() });
    return digest;
  }

  /** Takes over a trained vector that a run made, downloading it for its digest. Use `resident` from here on. */
  async adopt(lora: LoraConfig | null, made: DeviceTensor): Promise<Digest> {
    const digest = this.put({ lora, flat: (await made.download()).data as Float32Array });
    const { resident } = this.#stored(digest);
    const layout = lora === null ? "flat" : this.#frozenLayout(digest, lora);
    if (resident.has(layoutKey(layout))) made.dispose();
    else resident.set(layoutKey(layout), this.#around(layout, made));
    return digest;
  }

  has(digest: string): boolean {
    return this.#weights.has(digest);
  }

  /** On the host. @throws EngineError `weights-not-loaded`; CheckpointError `changed` */
  async get(digest: string): Promise<HostWeights> {
    const { lora, flat } = this.#stored(digest);
    return { lora, flat: flat ?? (await this.#mapped!.read()) };
  }

  /** @throws EngineError `weights-not-loaded` */
  loraOf(digest: string): LoraConfig | null {
    return this.#stored(digest).lora;
  }

  /** On the device, to be read. @throws EngineError `weights-not-loaded` */
  resident(digest: string): Promise<ResidentWeights> {
    const { lora, flat } = this.#stored(digest);
    const small = flat !== null && flat.length <= largestFlat;
    return this.#residentAs(digest, lora === null && small ? "flat" : this.#frozenLayout(digest, lora));
  }

  /** On the device, to be trained. @throws EngineError `weights-not-loaded` */
  trainable(digest: string): Promise<ResidentWeights> {
    const { lora } = this.#stored(digest);
    return this.#residentAs(digest, lora === null ? "flat" : this.#frozenLayout(digest, lora));
  }

  forget(digest: string): void {
    const { resident } = this.#weights.get(digest) ?? {};
    this.#weights.delete(digest);
    for (const held of resident?.values() ?? []) {
      held.then(
        ({ layout, feeds }) => {
          // Of an adapter's feeds only the adapter is its own.
          const own = layout !== "flat" && layout.lora !== null ? [feeds.adapter!] : Object.values(feeds);
          for (const tensor of own) tensor.dispose();
        },
        () => undefined, // it never came to be
      );
    }
  }

  /** Only the base has files to map; an adapter stands on it. */
  #frozenLayout(digest: string, lora: LoraConfig | null): Exclude<WeightsLayout, "flat"> {
    const onBase = lora !== null || digest === this.base;
    return { frozen: onBase && this.#mapped !== null ? "mapped" : "fed", lora };
  }

  #residentAs(digest: string, layout: WeightsLayout): Promise<ResidentWeights> {
    const { resident } = this.#stored(digest);
    const key = layoutKey(layout);
    const known = resident.get(key);
    if (known) return known;
    const made = this.#upload(digest, layout);
    resident.set(key, made);
    made.catch(() => resident.delete(key));
    return made;
  }

  async #upload(digest: string, layout: WeightsLayout): Promise<ResidentWeights> {
    if (layout !== "flat" && layout.lora === null && layout.frozen === "mapped")
      return { layout, feeds: {}, mapped: this.#mapped };
    const { flat } = await this.get(digest);
    if (layout === "flat" || layout.lora !== null)
      return this.#around(layout, await this.#device.upload(float32(flat, [flat.length])));
    const feeds: Record<string, DeviceTensor> = {};
    for (const { name, shape, data } of namedTensors(this.#config, flat))
      feeds[name] = await this.#device.upload(float32(data, shape));
    return { layout, feeds, mapped: null };
  }

  /** A vector that is on the device, and what it needs around it. */
  async #around(layout: WeightsLayout, vector: DeviceTensor): Promise<ResidentWeights> {
    if (layout === "flat") return wholeModel(vector);
    const { feeds, mapped } = await this.#residentAs(this.base, { ...layout, lora: null });
    return { layout, feeds: { ...feeds, adapter: vector }, mapped };
  }

  #digestOf({ lora, flat }: HostWeights): Digest {
    if (lora === null) return weightsDigest(namedTensors(this.#config, flat));
    return weightsDigest(peftTensors(tensorsOf(loraSpecs(this.#config, lora), flat)), adapterMetadata(lora, this.base));
  }

  #stored(digest: string): Stored {
    const stored = this.#weights.get(digest);
    if (!stored) throw new EngineError("weights-not-loaded", `weights ${digest} are not loaded`);
    return stored;
  }
}
