/** The embedded engine: the policy port over a device process running ONNX Runtime. */
import { basename } from "node:path";
import { type Device, openDevice, openTokenizer, raggedTokens, type Tokenizer, unragged } from "../../gpu/index.ts";
import { cutAtStop } from "./cut-at-stop.ts";
import { mapInPieces } from "./map-in-pieces.ts";
import { pack, sharedPrompts } from "./onnx-policy-batches.ts";
import { translateErrors } from "./onnx-policy-errors.ts";
import { OnnxTrainer } from "./onnx-policy-trainer.ts";
import type {
  Completion,
  GenerateRequest,
  GenerateResult,
  LogprobsRequest,
  LogprobsResult,
  ModelInfo,
  Policy,
  SavedWeights,
  Trainer,
  WeightsDigest,
} from "./policy.ts";

export interface OnnxPolicyOptions {
  /** Hugging Face folder of the model. */
  readonly modelDirectory: string;
  readonly threads: number;
  /** Bytes the device process may use; half of the machine's if not given. */
  readonly memory?: number;
  /** Interactive calls are served before batch ones, between graph runs. */
  readonly onDeviceOutput?: (line: string) => void;
}

/** Rows of one graph run. Longer requests are cut, so that cancelling, progress and interactive calls get a turn. */
const rowsPerRun = 512;

/** @throws PolicyError `invalid-checkpoint` or `engine-crashed`. */
export async function createOnnxPolicy(options: OnnxPolicyOptions): Promise<OnnxPolicy> {
  const { modelDirectory: directory, threads, memory, onDeviceOutput } = options;
  return translateErrors(async () => {
    const tokenizer = await openTokenizer(directory);
    const device = await openDevice({
      directory,
      threads,
      ...(memory === undefined ? {} : { memory }),
      ...(onDeviceOutput ? { onOutput: onDeviceOutput } : {}),
    });
    return new OnnxPolicy(basename(directory), device, tokenizer);
  });
}

export class OnnxPolicy implements Policy {
  readonly model: ModelInfo;
  readonly tokenizer;
  readonly #device: Device;

  constructor(name: string, device: Device, tokenizer: Tokenizer) {
    const { config, parameters, baseWeights, device: deviceName } = device.model;
    this.#device = device;
    this.model = {
      name,
      architecture: config.architecture,
      parameters,
      vocabularySize: config.vocabularySize,
      contextLength: config.contextLength,
      eosTokenIds: tokenizer.eosTokenIds,
      baseWeights,
      device: deviceName,
    };
    this.tokenizer = {
      encode: (text: string) => [...tokenizer.encode(text)],
      decode: (tokenIds: readonly number[]) => tokenizer.decode(tokenIds, { skipSpecial: false }),
      renderChat: (messages: Parameters<Tokenizer["renderChat"]>[0]) => tokenizer.renderChat(messages),
    };
  }

  /** Of the process that owns the device, for whoever looks after it. */
  get devicePid(): number | undefined {
    return this.#device.pid;
  }

  async generate(request: GenerateRequest): Promise<GenerateResult> {
    const { weights, prompts, sampling, signal, onProgress } = request;
    const started = performance.now();
    const total = prompts.reduce((count, prompt) => count + prompt.seeds.length, 0);
    const completions: Completion[][] = prompts.map(() => []);
    let finished = 0;
    let tokens = 0;
    for (const rows of this.#runs(prompts)) {
      const { distinct, rowPrompt } = sharedPrompts(rows.map((row) => prompts[row.prompt]!.tokenIds));
      const sampled = await translateErrors(() =>
        this.#device.call(
          "sample",
          {
            weights,
            prompts: raggedTokens(distinct),
            rowPrompt,
            seeds: Uint32Array.from(rows, (row) => row.seed),
            settings: {
              temperature: sampling.temperature,
              topP: sampling.topP,
              topK: sampling.topK,
              minP: sampling.minP,
              maxTokens: sampling.maxTokens,
              stopTokens: this.model.eosTokenIds,
            },
          },
          { priority: request.priority ?? "batch", ...(signal ? { signal } : {}) },
        ),
      );
      const texts = unragged(sampled.tokens);
      const processed = unragged({ lengths: sampled.tokens.lengths, values: sampled.sampledLogprobs });
      const raw = unragged({ lengths: sampled.tokens.lengths, values: sampled.rawLogprobs });
      await mapInPieces(rows, (row, i) => {
        completions[row.prompt]![row.sample] = this.#completion(
          texts[i]!,
          processed[i]!,
          raw[i]!,
          sampled.stopped[i] === 1,
          row.seed,
          sampling.stop ?? [],
        );
        tokens += texts[i]!.length;
      });
      finished += rows.length;
      onProgress?.({ finished, total, tokens });
    }
    return { weights, completions, tokens, seconds: (performance.now() - started) / 1000 };
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

  async openTrainer(weights: WeightsDigest): Promise<Trainer> {
    const id = await translateErrors(() => this.#device.call("openTrainer", { weights }));
    return new OnnxTrainer(this.#device, id, weights);
  }

  load(directory: string): Promise<WeightsDigest> {
    return translateErrors(() => this.#device.call("load", { directory }));
  }

  save(weights: WeightsDigest, directory: string): Promise<SavedWeights> {
    return translateErrors(() => this.#device.call("save", { weights, directory }));
  }

  has(weights: WeightsDigest): Promise<boolean> {
    return translateErrors(() => this.#device.call("has", { weights }));
  }

  release(weights: WeightsDigest): Promise<void> {
    return translateErrors(() => this.#device.call("release", { weights }));
  }

  close(): Promise<void> {
    return this.#device.close();
  }

  /** Rows in runs of at most `rowsPerRun`, prompts of similar length together so that little of a run is padding. */
  #runs(prompts: GenerateRequest["prompts"]) {
    const order = prompts.map((_, i) => i);
    order.sort((a, b) => prompts[a]!.tokenIds.length - prompts[b]!.tokenIds.length || a - b);
    const rows = order.flatMap((prompt) => prompts[prompt]!.seeds.map((seed, sample) => ({ prompt, sample, seed })));
    const count = Math.ceil(rows.length / rowsPerRun);
    const size = Math.ceil(rows.length / Math.max(1, count));
    return Array.from({ length: count }, (_, i) => rows.slice(i * size, (i + 1) * size));
  }

  #completion(
    tokens: Int32Array,
    sampledLogprobs: Float32Array,
    rawLogprobs: Float32Array,
    stopped: boolean,
    seed: number,
    stop: readonly string[],
  ): Completion {
    const tokenIds = [...tokens];
    const text = this.tokenizer.decode(stopped ? tokenIds.slice(0, -1) : tokenIds);
    const cut = cutAtStop(text, tokenIds, stop, this.tokenizer.decode);
    if (cut)
      return {
        tokenIds: cut.tokenIds,
        text: cut.text,
        sampledLogprobs: sampledLogprobs.slice(0, cut.tokenIds.length),
        rawLogprobs: rawLogprobs.slice(0, cut.tokenIds.length),
        finishReason: "stop",
        seed,
      };
    return { tokenIds, text, sampledLogprobs, rawLogprobs, finishReason: stopped ? "stop" : "length", seed };
  }
}
