/** The embedded engine: the policy port over a device process running ONNX Runtime. */
import { basename, resolve } from "node:path";
import {
  type Device,
  type FreshAdapter,
  loraTargets,
  openDevice,
  openTokenizer,
  type Tokenizer,
  unragged,
} from "../../gpu/index.ts";
import { pack } from "./onnx-policy-batches.ts";
import { translateErrors } from "./onnx-policy-errors.ts";
import { generate } from "./onnx-policy-generate.ts";
import { OnnxTrainer } from "./onnx-policy-trainer.ts";
import {
  type GenerateRequest,
  type GenerateResult,
  type LogprobsRequest,
  type LogprobsResult,
  type ModelInfo,
  type NewAdapter,
  type Policy,
  PolicyError,
  type SavedWeights,
  type Trainer,
  type WeightsDigest,
} from "./policy.ts";

export interface OnnxPolicyOptions {
  /** Hugging Face folder of the model. */
  readonly modelDirectory: string;
  readonly threads: number;
  /** Bytes the device process may use; half of the machine's if not given. */
  readonly memory?: number;
  /** auto, cpu, webgpu or cuda[:n]; auto if not given */
  readonly device?: string;
  /** Seconds without work after which the device process is let go, with all its memory; the next call starts it. Default: never. */
  readonly idleSeconds?: number;
  readonly onIdle?: () => void;
  /** Seconds the device may work without a sign of life before it is taken for hanging. Default: any time. */
  readonly silenceSeconds?: number;
  readonly onDeviceOutput?: (line: string) => void;
}

/** @throws PolicyError `invalid-checkpoint` or `engine-crashed`. */
export async function createOnnxPolicy(options: OnnxPolicyOptions): Promise<OnnxPolicy> {
  const { modelDirectory: directory, threads, device: asked = "auto", memory, onDeviceOutput, ...watched } = options;
  return translateErrors(async () => {
    const tokenizer = await openTokenizer(directory);
    const device = await openDevice({
      directory,
      threads,
      device: asked,
      ...(memory === undefined ? {} : { memory }),
      ...watched,
      ...(onDeviceOutput ? { onOutput: onDeviceOutput } : {}),
    });
    return new OnnxPolicy(resolve(directory), device, tokenizer);
  });
}

export class OnnxPolicy implements Policy {
  readonly model: ModelInfo;
  readonly tokenizer;
  readonly #device: Device;

  constructor(directory: string, device: Device, tokenizer: Tokenizer) {
    const { config, parameters, baseWeights, device: deviceName, deviceReason } = device.model;
    this.#device = device;
    this.model = {
      name: basename(directory),
      architecture: config.architecture,
      parameters,
      vocabularySize: config.vocabularySize,
      contextLength: config.contextLength,
      eosTokenIds: tokenizer.eosTokenIds,
      baseWeights,
      directory,
      device: deviceName,
      deviceReason,
    };
    this.tokenizer = {
      description: tokenizer.description,
      encode: (text: string, options?: { readonly addSpecial?: boolean }) => [...tokenizer.encode(text, options)],
      decode: (tokenIds: readonly number[]) => tokenizer.decode(tokenIds, { skipSpecial: false }),
      decodeStream: () => tokenizer.decodeStream(),
      renderChat: (...given: Parameters<Tokenizer["renderChat"]>) => tokenizer.renderChat(...given),
    };
  }

  /** Of the process that owns the device, for whoever looks after it. */
  get devicePid(): number | undefined {
    return this.#device.pid;
  }

  generate(request: GenerateRequest): Promise<GenerateResult> {
    const { eosTokenIds } = this.model;
    return generate({ device: this.#device, eosTokenIds, tokenizer: this.tokenizer }, request);
  }

  async logprobs({ weights, sequences, topLogprobs = 0, signal, priority }: LogprobsRequest): Promise<LogprobsResult> {
    const result = await translateErrors(() =>
      this.#device.call(
        "logprobs",
        { weights, sequences: pack(sequences.map((s) => ({ tokenIds: s.tokenIds, from: s.from }))), top: topLogprobs },
        { priority: priority ?? "batch", ...(signal ? { signal } : {}) },
      ),
    );
    const logprobs = unragged(result.logprobs);
    const scored = { logprobs, entropies: unragged(result.entropies) };
    if (topLogprobs === 0) return scored;
    const ids = unragged(result.topTokens);
    const values = unragged(result.topLogprobs);
    const top = logprobs.map((list, s) =>
      Array.from(list, (_, t) =>
        Array.from({ length: topLogprobs }, (_, k) => ({
          tokenId: ids[s]![t * topLogprobs + k]!,
          logprob: values[s]![t * topLogprobs + k]!,
        })),
      ),
    );
    return { ...scored, top };
  }

  async openTrainer(weights: WeightsDigest, adapter?: NewAdapter): Promise<Trainer> {
    const fresh = adapter === undefined ? null : freshAdapter(adapter);
    const id = await translateErrors(() => this.#device.call("openTrainer", { weights, fresh }));
    return new OnnxTrainer(this.#device, id, weights);
  }

  /** Whoever waits for a completion asks this first, so it does not wait for batch calls; nor does `load`. */
  has(weights: WeightsDigest): Promise<boolean> {
    return translateErrors(() => this.#device.call("has", { weights }, { priority: "interactive" }));
  }

  load(directory: string): Promise<WeightsDigest> {
    return translateErrors(() => this.#device.call("load", { directory }, { priority: "interactive" }));
  }

  save(weights: WeightsDigest, directory: string): Promise<SavedWeights> {
    return translateErrors(() => this.#device.call("save", { weights, directory }));
  }

  saveMerged(weights: WeightsDigest, directory: string): Promise<SavedWeights> {
    return translateErrors(() => this.#device.call("saveMerged", { weights, directory }));
  }

  release(weights: WeightsDigest): Promise<void> {
    return translateErrors(() => this.#device.call("release", { weights }));
  }

  close(): Promise<void> {
    return this.#device.close();
  }
}

function freshAdapter({ rank, alpha, targets, seed }: NewAdapter): FreshAdapter {
  const known = loraTargets.filter((target) => targets.includes(target));
  const stranger = targets.find((target) => !loraTargets.some((each) => each === target));
  if (stranger !== undefined || known.length === 0)
    throw new PolicyError(
      "invalid-request",
      `an adapter's target is ${JSON.stringify(stranger ?? targets)}; expected some of ${loraTargets.join(", ")}`,
    );
  return { lora: { rank, alpha, targets: known }, seed };
}
