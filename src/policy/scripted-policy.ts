/**
 * A Policy that plays a script: deterministic, without a device, and honest in everything the port promises (digests of
 * real files, log-probabilities that agree, gradients that are exact). For tests of what stands on the port.
 */
import { seededRandom } from "../rzero/seeds.ts";
import { PieceWriter } from "./piece-writer.ts";
import {
  type Completion,
  type GenerateRequest,
  type GenerateResult,
  type LogprobsRequest,
  type LogprobsResult,
  type ModelInfo,
  type NewAdapter,
  type Policy,
  PolicyError,
  type PolicyTokenizer,
  type SavedWeights,
  type Trainer,
  type WeightsDigest,
} from "./policy.ts";
import {
  decodeTokens,
  END_TOKEN,
  encodeText,
  logprobOf,
  type Script,
  ScriptedLanguage,
  ScriptedText,
  scoreToken,
  VOCABULARY_SIZE,
} from "./scripted-language.ts";
import { drawToken } from "./scripted-sampling.ts";
import { ScriptedTrainer } from "./scripted-trainer.ts";
import { digestOf, loadWeights, saveWeights } from "./scripted-weights.ts";

export interface ScriptedPolicyOptions {
  readonly script: Script;
  /** Base weights [parameters]; the features of the script's utterances have the same length. */
  readonly weights: readonly number[];
  readonly name?: string;
  readonly contextLength?: number;
}

/** How long the toy may keep the event loop before it lets others run, in ms. */
const SLICE_MS = 10;

export const scriptedTokenizer: PolicyTokenizer = {
  description: { class: null, bosToken: null, eosToken: null, padToken: null, unkToken: null, chatTemplate: null },
  encode: (text) => encodeText(text),
  decode: decodeTokens,
  decodeStream: () => new ScriptedText(),
  renderChat: (messages) => messages.map(({ role, content }) => `${role}: ${content}\n`).join(""),
};

export class ScriptedPolicy implements Policy {
  readonly model: ModelInfo;
  readonly tokenizer = scriptedTokenizer;
  readonly #language: ScriptedLanguage;
  readonly #held = new Map<WeightsDigest, Float32Array>();
  /** Weights that a trainer's next step must not take away: loaded or saved. */
  readonly #kept = new Set<WeightsDigest>();

  constructor(options: ScriptedPolicyOptions) {
    this.#language = new ScriptedLanguage(options.script);
    const base = Float32Array.from(options.weights);
    this.model = {
      name: options.name ?? "scripted",
      architecture: "Scripted",
      parameters: base.length,
      vocabularySize: VOCABULARY_SIZE,
      contextLength: options.contextLength ?? 4096,
      eosTokenIds: [END_TOKEN],
      baseWeights: digestOf(base),
      directory: null,
      device: "script",
      deviceReason: "",
    };
    this.#keep(base);
  }

  async generate(request: GenerateRequest): Promise<GenerateResult> {
    const { sampling, prompts, signal } = request;
    const weights = this.#get(request.weights);
    if (!(sampling.maxTokens >= 1)) throw new PolicyError("invalid-request", `maxTokens is ${sampling.maxTokens}`);
    for (const { tokenIds } of prompts) {
      if (tokenIds.length === 0) throw new PolicyError("invalid-request", "a prompt has at least one token");
      this.#checkFits(
        tokenIds.length + sampling.maxTokens,
        `prompt of ${tokenIds.length} + ${sampling.maxTokens} tokens`,
      );
    }
    const started = performance.now();
    const total = prompts.reduce((sum, { seeds }) => sum + seeds.length, 0);
    const completions: Completion[][] = [];
    let finished = 0;
    let tokens = 0;
    let sliceEnd = started + SLICE_MS;
    await nextTurn();
    for (const [index, prompt] of prompts.entries()) {
      const group: Completion[] = [];
      completions.push(group);
      for (const [sample, seed] of prompt.seeds.entries()) {
        if (performance.now() > sliceEnd) {
          request.onProgress?.({ finished, total, tokens });
          await nextTurn();
          sliceEnd = performance.now() + SLICE_MS;
        }
        if (signal?.aborted) throw new PolicyError("cancelled", `cancelled after ${finished} of ${total} completions`);
        const pieces = request.onPiece
          ? new PieceWriter({
              ...{ text: new ScriptedText(), eosTokenIds: [END_TOKEN], stop: sampling.stop ?? [] },
              onPiece: (piece) => request.onPiece!({ prompt: index, sample, ...piece }),
            })
          : null;
        const completion = this.#write(weights, prompt.tokenIds, seed, sampling, pieces);
        pieces?.finish(completion);
        if (pieces) await nextTurn();
        group.push(completion);
        finished++;
        tokens += completion.tokenIds.length;
      }
    }
    request.onProgress?.({ finished, total, tokens });
    return { weights: request.weights, completions, tokens, seconds: (performance.now() - started) / 1000 };
  }

  #write(
    weights: Float32Array,
    prompt: readonly number[],
    seed: number,
    sampling: GenerateRequest["sampling"],
    pieces: PieceWriter | null,
  ): Completion {
    const random = seededRandom(seed);
    const context = [...prompt];
    const sampled: number[] = [];
    const raw: number[] = [];
    let stopAt = -1;
    while (sampled.length < sampling.maxTokens) {
      const next = this.#language.next(weights, context);
      const { token, sampledLogprob } = drawToken(next, sampling, random);
      sampled.push(sampledLogprob);
      raw.push(logprobOf(next, token));
      context.push(token);
      pieces?.push([token], [sampledLogprob], [raw.at(-1)!]);
      if (token === END_TOKEN) break;
      if (sampling.stop?.length) stopAt = firstStop(decodeTokens(context.slice(prompt.length)), sampling.stop);
      if (stopAt >= 0) break;
    }
    const tokenIds = context.slice(prompt.length);
    const text = decodeTokens(tokenIds);
    return {
      tokenIds,
      text: stopAt >= 0 ? text.slice(0, stopAt) : text,
      sampledLogprobs: Float32Array.from(sampled),
      rawLogprobs: Float32Array.from(raw),
      finishReason: stopAt >= 0 || tokenIds.at(-1) === END_TOKEN ? "stop" : "length",
      seed,
    };
  }

  async logprobs(request: LogprobsRequest): Promise<LogprobsResult> {
    const weights = this.#get(request.weights);
    await nextTurn();
    const count = request.topLogprobs ?? 0;
    const rows = request.sequences.map(({ tokenIds, from }) => {
      if (request.signal?.aborted) throw new PolicyError("cancelled", "scoring was cancelled");
      if (!(from >= 1 && from <= tokenIds.length)) {
        throw new PolicyError("invalid-request", `from ${from} must lie in 1..${tokenIds.length}`);
      }
      this.#checkFits(tokenIds.length, `a sequence of ${tokenIds.length} tokens`);
      return Array.from({ length: tokenIds.length - from }, (_, at) => {
        const next = this.#language.next(weights, tokenIds.slice(0, from + at));
        const { logprob, entropy } = scoreToken(next, tokenIds[from + at]!, 1);
        const top = next.slice(0, count).map(({ token, probability }) => ({
          tokenId: token,
          // In single precision like every other log-probability: the same number, however it is asked for.
          logprob: Math.fround(Math.log(probability)),
        }));
        return { logprob, entropy, top };
      });
    });
    return {
      logprobs: rows.map((row) => Float32Array.from(row, ({ logprob }) => logprob)),
      entropies: rows.map((row) => Float32Array.from(row, ({ entropy }) => entropy)),
      ...(count > 0 ? { top: rows.map((row) => row.map(({ top }) => top)) } : {}),
    };
  }

  async openTrainer(weights: WeightsDigest, adapter?: NewAdapter): Promise<Trainer> {
    this.#get(weights);
    if (adapter) throw new PolicyError("invalid-request", "a scripted policy has no projections to adapt");
    const shelf = {
      get: (digest: WeightsDigest) => this.#get(digest),
      put: (changed: Float32Array, replaced: WeightsDigest) => {
        if (!this.#kept.has(replaced)) this.#held.delete(replaced);
        const digest = digestOf(changed);
        this.#held.set(digest, changed);
        return digest;
      },
    };
    return new ScriptedTrainer(this.#language, shelf, weights);
  }

  async load(directory: string): Promise<WeightsDigest> {
    return this.#keep(await loadWeights(directory, this.model.parameters));
  }

  async save(weights: WeightsDigest, directory: string): Promise<SavedWeights> {
    const saved = await saveWeights(this.#get(weights), directory);
    this.#kept.add(weights);
    return saved;
  }

  saveMerged(weights: WeightsDigest, directory: string): Promise<SavedWeights> {
    return this.save(weights, directory);
  }

  async has(weights: WeightsDigest): Promise<boolean> {
    return this.#held.has(weights);
  }

  async release(weights: WeightsDigest): Promise<void> {
    if (weights === this.model.baseWeights) return;
    this.#kept.delete(weights);
    this.#held.delete(weights);
  }

  async close(): Promise<void> {
    this.#held.clear();
  }

  #keep(weights: Float32Array): WeightsDigest {
    const digest = digestOf(weights);
    this.#held.set(digest, weights);
    this.#kept.add(digest);
    return digest;
  }

  #get(digest: WeightsDigest): Float32Array {
    const weights = this.#held.get(digest);
    if (weights === undefined) throw new PolicyError("weights-not-loaded", `weights ${digest} are not loaded`);
    return weights;
  }

  #checkFits(length: number, what: string): void {
    if (length > this.model.contextLength) {
      throw new PolicyError("context-length-exceeded", `${what} exceeds the context of ${this.model.contextLength}`);
    }
  }
}

/** Index of the first stop string in `text`, -1 where there is none. */
function firstStop(text: string, stops: readonly string[]): number {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
