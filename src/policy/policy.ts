/**
 * The port to a language model: everything the loop may ask of one, and nothing about how it is done.
 *
 * Asynchronous and batch-oriented, with weights named by digest and no tensor in any type, so that an engine in this
 * machine (onnx-policy), a script (scripted-policy) or a cluster with sample / forward_backward / optim_step /
 * save_weights primitives can stand behind it without the loop noticing.
 */

/** `sha256:` + hex digest of the weights written as a canonical safetensors file: `sha256sum` of what `save` writes. */
export type WeightsDigest = `sha256:${string}`;

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What the model is, read once when the policy is opened. */
export interface ModelInfo {
  /** Folder name under the models directory, e.g. `abacus`. */
  readonly name: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly vocabularySize: number;
  /** Longest prompt + completion in tokens. */
  readonly contextLength: number;
  readonly eosTokenIds: readonly number[];
  /** The weights the model came with. */
  readonly baseWeights: WeightsDigest;
  /** Folder that the base weights are in; null where an engine has none on this machine. */
  readonly directory: string | null;
  /** Device the engine runs on, in words, e.g. `cpu (2 threads)`. */
  readonly device: string;
  /** Why that device; empty where it was asked for by name. */
  readonly deviceReason: string;
}

/** Text to token ids and back. Pure and synchronous: it never touches the device. */
export interface PolicyTokenizer {
  readonly description: TokenizerDescription;
  /** `addSpecial`: also what the model wants around plain text (a BOS, say); never for a rendered chat. Default false. */
  encode(text: string, options?: { readonly addSpecial?: boolean }): number[];
  decode(tokenIds: readonly number[]): string;
  /** `decode` for the tokens of one text, as they come. */
  decodeStream(): TextStream;
  /**
   * Renders through the model's chat template, or `system: ...\nuser: ...\n` lines where it has none; ends ready to write
   * unless `addGenerationPrompt` is false. `date`: what a template that writes the date writes; default now.
   */
  renderChat(
    messages: readonly ChatMessage[],
    options?: { readonly addGenerationPrompt?: boolean; readonly date?: Date },
  ): string;
}

export interface TextStream {
  /** @returns the text that this token makes final; never a part of a character */
  push(tokenId: number): string;
  /** False while tokens have been pushed whose text is not given out. */
  readonly whole: boolean;
}

/** What the tokenizer says of itself; null where it says nothing. */
export interface TokenizerDescription {
  /** Of the library it was written with, e.g. `PreTrainedTokenizerFast`. */
  readonly class: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
  readonly padToken: string | null;
  readonly unkToken: string | null;
  /** Jinja source. */
  readonly chatTemplate: string | null;
}

export interface SamplingParams {
  /** 0 means greedy. */
  readonly temperature: number;
  /** 1 switches it off. */
  readonly topP: number;
  /** 0 switches it off. */
  readonly topK: number;
  /** 0 switches it off: keep tokens with p >= minP * max p. */
  readonly minP: number;
  readonly maxTokens: number;
  /** Strings that end a completion; the text stops before them, the token ids keep them. EOS always stops. */
  readonly stop?: readonly string[];
}

export interface GeneratePrompt {
  readonly tokenIds: readonly number[];
  /** One completion per seed (unsigned 32 bit). The same (weights, prompt, seed, sampling) gives the same completion, whatever the batch. */
  readonly seeds: readonly number[];
}

export type Priority = "interactive" | "batch";

export interface GenerateRequest {
  readonly weights: WeightsDigest;
  readonly prompts: readonly GeneratePrompt[];
  readonly sampling: SamplingParams;
  /** Interactive requests are served before batch ones. Default batch. */
  readonly priority?: Priority;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GenerateProgress) => void;
  /**
   * Told of every completion while it is written; the result is the same. Must not throw. A completion whose stop string
   * was met may end before its length would have ended it.
   */
  readonly onPiece?: (piece: CompletionPiece) => void;
}

/** Joined, the pieces of one completion are the completion. */
export interface CompletionPiece {
  /** Index into `prompts`. */
  readonly prompt: number;
  /** Index into the prompt's `seeds`. */
  readonly sample: number;
  readonly tokenIds: readonly number[];
  /** Whole characters, and nothing that may turn out to be a stop string. May run ahead of `tokenIds` or lag behind. */
  readonly text: string;
  readonly sampledLogprobs: Float32Array;
  readonly rawLogprobs: Float32Array;
  /** With the last piece, which may have no text. */
  readonly finishReason: FinishReason | null;
}

export interface GenerateProgress {
  readonly finished: number;
  readonly total: number;
  readonly tokens: number;
}

export type FinishReason = "stop" | "length";

export interface Completion {
  /** With the stop token, where one ended it. */
  readonly tokenIds: readonly number[];
  /** Decoded without special tokens that end a turn and without the stop string. */
  readonly text: string;
  /** Log-probability of each token under the processed distribution it was drawn from (temperature, top-k, top-p, min-p). */
  readonly sampledLogprobs: Float32Array;
  /** Log-probability of each token under the model itself (temperature 1, nothing cut). */
  readonly rawLogprobs: Float32Array;
  readonly finishReason: FinishReason;
  readonly seed: number;
}

export interface GenerateResult {
  readonly weights: WeightsDigest;
  /** [P][G]: completions of each prompt in the order of its seeds. */
  readonly completions: readonly (readonly Completion[])[];
  readonly tokens: number;
  readonly seconds: number;
}

export interface ScoredSequence {
  readonly tokenIds: readonly number[];
  /** Index of the first token to score; >= 1, since the first token of a text has no predecessor. */
  readonly from: number;
}

export interface LogprobsRequest {
  readonly weights: WeightsDigest;
  readonly sequences: readonly ScoredSequence[];
  /** How many of the likeliest tokens to return at each position; 0 for none. */
  readonly topLogprobs?: number;
  readonly priority?: Priority;
  readonly signal?: AbortSignal;
}

export interface LogprobsResult {
  /** [S][tokens from `from` on], raw distribution. */
  readonly logprobs: readonly Float32Array[];
  /** [S][token], entropy in nats of the raw distribution at each position. */
  readonly entropies: readonly Float32Array[];
  /** [S][token][k], best first; absent where `topLogprobs` is 0. */
  readonly top?: readonly (readonly { readonly tokenId: number; readonly logprob: number }[])[][];
}

/** One rollout as the trainer sees it. */
export interface TrainSequence {
  /** Prompt and completion. */
  readonly tokenIds: readonly number[];
  /** Index of the first completion token; loss is taken on the tokens from here on. */
  readonly completionStart: number;
  /** GRPO only. */
  readonly advantage?: number;
  /** GRPO only: [completion tokens], before the first update on this batch; absent means "ratio 1": the current ones, detached. */
  readonly oldLogprobs?: Float32Array;
  /** GRPO with klCoef > 0 only: [completion tokens], of the frozen reference. */
  readonly refLogprobs?: Float32Array;
}

export type KlEstimator = "k1" | "k2" | "k3";
export type LossAggregation = "token-mean" | "seq-mean-token-mean" | "seq-mean-token-sum";

export interface GrpoLoss {
  readonly kind: "grpo";
  readonly clipRatioLow: number;
  readonly clipRatioHigh: number;
  /** null switches dual clip off. */
  readonly clipRatioDual: number | null;
  readonly klCoef: number;
  readonly klEstimator: KlEstimator;
  readonly lossAggregation: LossAggregation;
  /** Temperature the rollouts were sampled at; logits are divided by it before log-softmax. */
  readonly temperature: number;
}

export interface CrossEntropyLoss {
  readonly kind: "cross-entropy";
  readonly lossAggregation: LossAggregation;
}

export type LossConfig = GrpoLoss | CrossEntropyLoss;

export interface LossMetrics {
  readonly loss: number;
  readonly policyLoss: number;
  /** Mean per token; 0 for cross-entropy. */
  readonly kl: number;
  readonly entropy: number;
  readonly clipFraction: number;
  readonly ratioMean: number;
  readonly tokens: number;
  readonly sequences: number;
  readonly microBatches: number;
  /** [S][completion tokens]: log-probabilities the trainer computed in this pass, before the update. */
  readonly logprobs: readonly Float32Array[];
}

export interface AdamWSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled; norm gains are not decayed. */
  readonly weightDecay: number;
  /** Largest global gradient norm; 0 switches clipping off. */
  readonly maxGradNorm: number;
}

export interface OptimStepResult {
  /** Weights after the step. Valid until this trainer's next step unless saved or retained. */
  readonly weights: WeightsDigest;
  /** Before clipping. */
  readonly gradNorm: number;
  /** True if a loss or the gradient was not finite and nothing was changed. */
  readonly skipped: boolean;
}

/** A new low-rank adapter (LoRA, arXiv 2106.09685; no dropout) over the base weights. */
export interface NewAdapter {
  readonly rank: number;
  /** The update is scaled by alpha / rank. */
  readonly alpha: number;
  /** Projections it adapts, by PEFT's names: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj. */
  readonly targets: readonly string[];
  /** Of its random half. */
  readonly seed: number;
}

/** Weights in motion: one optimiser's state over one copy of the weights. */
export interface Trainer {
  readonly weights: WeightsDigest;
  /** Updates made since the trainer was opened. */
  readonly updates: number;
  /** Adds the gradient of the aggregated loss of `sequences` to the accumulator. Micro-batches are the engine's business. */
  forwardBackward(sequences: readonly TrainSequence[], loss: LossConfig, signal?: AbortSignal): Promise<LossMetrics>;
  /** One AdamW update from the accumulated gradient, which is cleared. */
  optimStep(settings: AdamWSettings): Promise<OptimStepResult>;
  /** Frees the optimiser's state. The current weights stay loaded. */
  close(): Promise<void>;
}

export interface SavedWeights {
  readonly weights: WeightsDigest;
  /** Bytes of the folder. */
  readonly bytes: number;
}

/** A model that can be sampled, scored and trained. Errors are PolicyError. */
export interface Policy {
  readonly model: ModelInfo;
  readonly tokenizer: PolicyTokenizer;
  generate(request: GenerateRequest): Promise<GenerateResult>;
  logprobs(request: LogprobsRequest): Promise<LogprobsResult>;
  /**
   * Trains the weights as they are: all of a model's, or an adapter. With `adapter`, for which they must be the base: a new
   * one over them, which changes nothing (and leaves the trainer's digest the base's) until the first update.
   */
  openTrainer(weights: WeightsDigest, adapter?: NewAdapter): Promise<Trainer>;
  /** Reads a Hugging Face folder of this model's architecture, or an adapter's in PEFT's layout; returns the digest of its weights. */
  load(directory: string): Promise<WeightsDigest>;
  /**
   * Writes a complete Hugging Face folder: config, tokenizer, model.safetensors; of an adapter, PEFT's: adapter_config.json and
   * adapter_model.safetensors. Atomic: the folder appears whole.
   */
  save(weights: WeightsDigest, directory: string): Promise<SavedWeights>;
  /** Writes a whole model's folder in any case, an adapter merged into the weights it adapts. The digest is the file's. */
  saveMerged(weights: WeightsDigest, directory: string): Promise<SavedWeights>;
  /** True if these weights can be used right now without `load`. */
  has(weights: WeightsDigest): Promise<boolean>;
  /** Forgets weights that are no longer needed. The base weights stay. */
  release(weights: WeightsDigest): Promise<void>;
  close(): Promise<void>;
}

export type PolicyErrorCode =
  /** These weights are not loaded. */
  | "weights-not-loaded"
  /** Prompt + completion do not fit the context. */
  | "context-length-exceeded"
  | "invalid-request"
  /** The engine's process died; what it held (trainers, unsaved weights) is gone. The next call starts a new one. */
  | "engine-crashed"
  /** Not even the smallest part of the work fits the device; the message has the sizes. */
  | "out-of-memory"
  /** The configured device is not there; the message says what to do. */
  | "device-unavailable"
  | "cancelled"
  /** The request can never fit the memory the engine was given. */
  | "out-of-memory"
  | "invalid-checkpoint";

export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code: PolicyErrorCode;
  constructor(code: PolicyErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
