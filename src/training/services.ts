/**
 * What the HTTP edge may ask for. One interface per resource; implementations live beside this file,
 * create-services.ts joins them. All failures are ServiceError with a code of the closed list below; routes/errors.ts maps
 * each to a status. What makes something takes an Attempt: of a request that was cut off and sent again, it finds what the
 * first sending made and makes nothing.
 */
import type { BenchmarkDescription } from "../evaluation/benchmark-library.ts";
import type { GradingErrorCode } from "../grading/verdict.ts";
import type { ChatMessage, TokenizerDescription } from "../policy/policy.ts";
import type { Backup } from "../records/backup.ts";
import type { Comparison, Evaluation, EvaluationResult, ResultOutcome } from "../records/evaluations.ts";
import type { Evaluator, EvaluatorCall, EvaluatorKind } from "../records/evaluator.ts";
import type { Attempt } from "../records/idempotency.ts";
import type {
  Checkpoint,
  Iteration,
  JobState,
  Operation,
  OperationEvent,
  OperationKind,
  Page,
  PageRequest,
  Question,
  QuestionState,
  Role,
  Rollout,
  Run,
  Solution,
  Step,
  VoteGroup,
} from "../records/records.ts";
import type {
  DeliveryState,
  WebhookAttempt,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookType,
} from "../records/webhook.ts";
import type { PolicySampling, RunConfig } from "../rzero/run-config.ts";

export type ServiceErrorCode =
  | "not-found"
  | "invalid-value"
  /** The state of a resource forbids it, e.g. deleting a run that is working. */
  | "conflict"
  | "context-length-exceeded"
  | "too-many-queued"
  | "engine-crashed"
  | "out-of-memory"
  | "cancelled"
  /** The weights of a checkpoint were removed by the retention rule; its row says when. */
  | "pruned"
  /** The disk has no room. */
  | "no-space"
  /** What is stored is not what it says it is. */
  | "damaged"
  /** An evaluator that a run depends on gave no verdict. */
  | "evaluator-failed"
  /** A loss or a gradient was not finite, and the run does not go on from there. */
  | "training-not-finite"
  | "internal";

export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ServiceErrorCode;
  /** Dotted path of the offending field, e.g. `overrides.solver.steps`, where there is one. */
  readonly field: string | undefined;
  /** The offending value, where there is one. */
  readonly value: unknown;
  constructor(
    code: ServiceErrorCode,
    message: string,
    options: { field?: string; value?: unknown; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.field = options.field;
    this.value = options.value;
  }
}

/** Recursive partial of a RunConfig, as given in a request. Values are validated against the same bounds as a preset. */
export type RunOverrides = { readonly [key: string]: unknown };

export interface NewRun {
  readonly model?: string;
  readonly domain?: string;
  readonly preset?: string;
  readonly seed?: number;
  readonly overrides?: RunOverrides;
  readonly labels?: Record<string, string>;
}

export interface RunService {
  create(request: NewRun, attempt?: Attempt): Promise<Run>;
  list(page: PageRequest): Page<Run>;
  get(id: string): Run;
  update(id: string, change: { labels: Record<string, string> }): Run;
  /** Removes the run and everything it made. Refused (`conflict`) while one of its operations is queued or running. */
  delete(id: string): Promise<void>;
  presets(): readonly { readonly name: string; readonly description: string; readonly config: RunConfig }[];
}

export interface IterationService {
  /** Queues `count` iterations of a run; makes a run with default settings first where none is named. */
  start(
    request: { run?: string; count?: number },
    attempt?: Attempt,
  ): Promise<{ operation: Operation; iterations: readonly Iteration[] }>;
  list(page: PageRequest, filter: { run?: string }): Page<Iteration>;
  get(id: string): Iteration;
  steps(id: string): readonly Step[];
}

export interface QuestionFilter {
  readonly run?: string;
  readonly iteration?: string;
  readonly state?: QuestionState;
  readonly minShare?: number;
  readonly maxShare?: number;
  readonly search?: string;
}

export type ExportFormat = "jsonl" | "parquet";

export interface QuestionService {
  /** Queues the proposal of `count` questions by the run's Challenger. Result: ids of the questions. */
  propose(request: { run: string; count: number; seed?: number }, attempt?: Attempt): Promise<Operation>;
  /** Stores questions written by the caller; answers at once. */
  submit(request: { run: string; questions: readonly string[] }, attempt?: Attempt): Promise<readonly Question[]>;
  list(page: PageRequest, filter: QuestionFilter): Page<Question>;
  /** All of them, oldest first, as a dataset; read as it is asked for. */
  export(filter: QuestionFilter, format: ExportFormat): AsyncIterable<Uint8Array>;
  get(id: string): Question;
  getMany(ids: readonly string[]): readonly Question[];
}

export interface SolutionService {
  /** Queues `samples` Solver answers to each question. Result: ids of the solutions. */
  solve(
    request: { run: string; questions: readonly string[]; samples?: number; seed?: number },
    attempt?: Attempt,
  ): Promise<Operation>;
  list(page: PageRequest, filter: { run?: string; question?: string }): Page<Solution>;
  get(id: string): Solution;
  rollouts(id: string): readonly Rollout[];
}

export interface ChallengerScore {
  readonly question: string;
  readonly formatReward: number;
  readonly majorityShare: number | null;
  readonly uncertaintyReward: number;
  readonly repetitionPenalty: number;
  /** Size of the question's cluster in this batch. */
  readonly clusterSize: number;
  readonly reward: number;
}

export interface AnswerScore {
  readonly answer: string | null;
  readonly reference: string | null;
  readonly correct: boolean;
  /** What decided, e.g. `numeric`; null where an answer is missing or nothing decided. */
  readonly how: string | null;
  /** Why nothing decided. */
  readonly error: { readonly code: GradingErrorCode; readonly message: string } | null;
}

export interface VoteScore {
  readonly pseudoLabel: string | null;
  readonly majorityShare: number;
  readonly withoutAnswer: number;
  readonly groups: readonly VoteGroup[];
  readonly gradingErrors: Readonly<Record<string, number>>;
}

export interface ScoreService {
  /** Are the answers equivalent to their references? Pure; nothing is stored. */
  answers(
    request: { domain: string; items: readonly { answer: string; reference: string }[] },
    signal?: AbortSignal,
  ): Promise<readonly AnswerScore[]>;
  /** Majority vote over raw completions or answers. Pure; nothing is stored. */
  votes(
    request: { domain: string; items: readonly { answers: readonly (string | null)[] }[] },
    signal?: AbortSignal,
  ): Promise<readonly VoteScore[]>;
  /** The Challenger's reward of a batch of stored, solved questions, part by part; stored on their rollouts. */
  challengerBatch(request: { run: string; questions: readonly string[] }): Promise<readonly ChallengerScore[]>;
  /**
   * Scores stored Solver rollouts of these solutions against the pseudo-label; stored on the rollouts. No inference. By
   * `evaluator`, a registered grader; by the domain's answer check where that is null; as the run's training would, where none
   * is named.
   */
  solverRollouts(
    request: { run: string; solutions: readonly string[]; evaluator?: string | null },
    signal?: AbortSignal,
  ): Promise<
    readonly {
      readonly solution: string;
      readonly pseudoLabel: string | null;
      /** Null where the evaluator gave no verdict. */
      readonly rewards: readonly (number | null)[];
      /** How each was graded; null where there was no answer or no pseudo-label. */
      readonly verdicts: readonly (string | null)[];
    }[]
  >;
}

export interface TrainingStepService {
  /**
   * Queues one GRPO step of a role and moves the run's head to the new weights. The batch comes either from stored,
   * scored rollouts (grouped as they were sampled) or from rollouts and rewards in the request.
   */
  train(
    request: {
      run: string;
      role: Role;
      /** Solver: train on the rollouts of these solutions. */
      solutions?: readonly string[];
      /** Challenger: train on the rollouts that wrote these questions (one group). */
      questions?: readonly string[];
      /** Either role: groups of completions with rewards, sampled elsewhere. */
      groups?: readonly {
        readonly prompt: string;
        readonly rollouts: readonly { readonly text: string; readonly reward: number }[];
      }[];
    },
    attempt?: Attempt,
  ): Promise<Operation>;
  list(page: PageRequest, filter: { run?: string; iteration?: string; role?: Role }): Page<Step>;
  get(id: string): Step;
}

export interface NewEvaluations {
  readonly benchmarks: readonly string[];
  /** As a completion's `model`; the base where none is named. */
  readonly model?: string;
  /** The benchmark's own where not given; so are `greedy` and the length of answers. */
  readonly samples?: number;
  readonly k?: number;
  readonly greedy?: boolean;
  readonly sampling?: Partial<PolicySampling>;
  readonly limit?: number;
  readonly seed?: number;
  /** `true`: the configured endpoint with its own model. Nobody unless told. */
  readonly judge?: boolean | { readonly evaluator: string } | { readonly model: string };
}

export interface EvaluationService {
  benchmarks(): Promise<readonly BenchmarkDescription[]>;
  /** Queues one evaluation for each benchmark. Throws `invalid-value` where data is missing, saying what is expected. */
  start(
    request: NewEvaluations,
    attempt?: Attempt,
  ): Promise<{ operation: Operation; evaluations: readonly Evaluation[] }>;
  list(
    page: PageRequest,
    filter: { run?: string; benchmark?: string; model?: string; weights?: string; state?: JobState },
  ): Page<Evaluation>;
  get(id: string): Evaluation;
  /** Items that are answered and stored. */
  finished(id: string): number;
  /** In the benchmark's order; cursors are positions. */
  results(id: string, page: PageRequest, filter: { outcome?: ResultOutcome; skill?: string }): Page<EvaluationResult>;
  /** `metric`: greedy where both have it. Throws `conflict` for one that is not completed, `invalid-value` for other items. */
  compare(request: { a: string; b: string; metric?: Comparison["metric"]; seed?: number }): Promise<Comparison>;
}

export interface CheckpointService {
  list(page: PageRequest, filter: { run?: string; role?: Role }): Page<Checkpoint>;
  get(id: string): Checkpoint;
  /**
   * Its folder as a tar stream: a Hugging Face model, or PEFT's layout where an adapter was trained. `merged`: a whole model in
   * any case.
   */
  download(id: string, options?: { readonly merged?: boolean }): AsyncIterable<Uint8Array>;
  /** A pinned one is never pruned. Refused (`pruned`) where it was already. */
  update(id: string, change: { pinned: boolean }): Checkpoint;
  /** Refused (`conflict`) for a checkpoint that a run stands on, or that is pinned. */
  delete(id: string): Promise<void>;
}

export interface BackupService {
  /** Queues a copy of everything; it runs beside what trains. Result: the id of the backup. */
  create(attempt?: Attempt): Operation;
  list(page: PageRequest): Promise<Page<Backup>>;
  get(id: string): Promise<Backup>;
  delete(id: string): Promise<void>;
}

export interface OperationService {
  list(page: PageRequest, filter: { kind?: OperationKind; state?: Operation["state"]; run?: string }): Page<Operation>;
  get(id: string): Operation;
  /** Ends it within one step: `cancelled`, and what was finished stays. Ended operations answer themselves. */
  cancel(id: string): Promise<Operation>;
  /**
   * Lets it wait until `resume`, whatever happens to the service meanwhile; a running one stops within one step, which is
   * made again. Resolves when it stands still, or with its state after a while. Refused (`conflict`) where it has ended.
   */
  pause(id: string): Promise<Operation>;
  /** Back into the queue: it goes on as if it had not been paused. Refused (`conflict`) where it is not paused. */
  resume(id: string): Operation;
  /** Resolves when it ended or after `seconds`, whichever is first, with its state then. */
  wait(id: string, seconds: number): Promise<Operation>;
  events(id: string, after: number, limit: number): readonly OperationEvent[];
  /** Stored events after `after`, then live ones; ends with the terminal event or the signal. */
  follow(id: string, after: number, signal: AbortSignal): AsyncIterable<OperationEvent>;
}

export interface ServedModel {
  /** `abacus`, `run_.../solver` or a checkpoint id. */
  readonly id: string;
  readonly created: number;
  readonly kind: "base" | "policy" | "checkpoint";
  readonly digest: string;
  readonly contextLength: number;
  readonly parameters: number;
}

export interface ModelService {
  list(): readonly ServedModel[];
  get(id: string): ServedModel;
}

export interface CompletionRequest {
  readonly model: string;
  /** Text or token ids, one entry per prompt. */
  readonly prompts: readonly (string | readonly number[])[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly n: number;
  readonly seed: number | null;
  readonly stop: readonly string[];
  /** Top log-probabilities per token; null for none. */
  readonly logprobs: number | null;
  readonly echo: boolean;
  readonly signal?: AbortSignal;
}

export interface CompletionTokenLogprob {
  readonly token: string;
  readonly tokenId: number;
  /** Raw distribution; null for the first token of an echoed prompt. */
  readonly logprob: number | null;
  readonly top: readonly { readonly token: string; readonly tokenId: number; readonly logprob: number }[];
}

export interface CompletionChoice {
  /** prompt * n + sample */
  readonly index: number;
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly finishReason: "stop" | "length";
  readonly logprobs: readonly CompletionTokenLogprob[] | null;
}

export interface CompletionResult {
  readonly model: string;
  /** Digest of the weights that wrote it. */
  readonly weights: string;
  readonly choices: readonly CompletionChoice[];
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A part of a choice, as soon as it is written. The pieces of a choice, joined, are the choice. */
export interface CompletionPiece {
  /** Of the choice it belongs to. */
  readonly index: number;
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly logprobs: readonly CompletionTokenLogprob[] | null;
  /** On the last piece of a choice, null before. */
  readonly finishReason: "stop" | "length" | null;
  /** Tokens of it that were written; those of an echoed prompt are not. */
  readonly newTokens: number;
}

export interface CompletionStream {
  readonly model: string;
  readonly weights: string;
  readonly promptTokens: number;
  /** In the order they are written; those of several choices may alternate. Work starts with the first one asked for. */
  readonly pieces: AsyncIterable<CompletionPiece>;
}

export type ChatRequest = Omit<CompletionRequest, "prompts" | "echo"> & { readonly messages: readonly ChatMessage[] };

/** Served between training steps; never queued behind a whole iteration. */
export interface CompletionService {
  complete(request: CompletionRequest): Promise<CompletionResult>;
  stream(request: CompletionRequest): Promise<CompletionStream>;
  chat(request: ChatRequest): Promise<CompletionResult>;
  streamChat(request: ChatRequest): Promise<CompletionStream>;
}

/** The tokenizer all weights of the model share. */
export interface TokenizerService {
  /** `model` only has to exist. Plain text, or a chat through the model's template. */
  tokenize(request: {
    readonly model?: string;
    readonly text: string | { readonly messages: readonly ChatMessage[]; readonly addGenerationPrompt: boolean };
    readonly addSpecial: boolean;
  }): Promise<{
    readonly tokenIds: readonly number[];
    readonly tokens: readonly string[];
    readonly contextLength: number;
  }>;
  detokenize(request: { readonly model?: string; readonly tokenIds: readonly number[] }): Promise<string>;
  describe(): Promise<TokenizerDescription & { readonly contextLength: number }>;
}

export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  /** `whsec_...`; shown when it is made and never again. */
  readonly secret: string;
}

export interface DeliveryWithAttempts {
  readonly delivery: WebhookDelivery;
  readonly attempts: readonly WebhookAttempt[];
}

export interface WebhookService {
  /** Refused (`invalid-value`) where the URL may not be called. Without `events`: how things ended, and what they left. */
  create(
    request: { url: string; description?: string; events?: readonly WebhookType[] },
    attempt?: Attempt,
  ): Promise<EndpointWithSecret>;
  list(page: PageRequest): Page<WebhookEndpoint>;
  get(id: string): WebhookEndpoint;
  /** Switching one off gives up what waits for it; switching it on forgets its failures. */
  update(
    id: string,
    change: { url?: string; description?: string; events?: readonly WebhookType[]; enabled?: boolean },
  ): WebhookEndpoint;
  /** With its deliveries. */
  delete(id: string): Promise<void>;
  /** The old secret signs beside the new one for a day. */
  rotateSecret(id: string): EndpointWithSecret;
  /** Sends a `webhook.test` message, once and at once, and answers how that went. */
  test(id: string): Promise<DeliveryWithAttempts>;
  deliveries(
    page: PageRequest,
    filter: { endpoint?: string; state?: DeliveryState; type?: WebhookDelivery["type"] },
  ): Page<WebhookDelivery>;
  delivery(id: string): DeliveryWithAttempts;
  /** The same message with the same id, from the start of the schedule. Refused (`conflict`) while its endpoint is disabled. */
  resend(id: string): DeliveryWithAttempts;
}

export interface EvaluatorWithSecret {
  readonly evaluator: Evaluator;
  /** `whsec_...`; shown when it is made and never again. */
  readonly secret: string;
}

type EvaluatorLimits = Pick<Evaluator, "deadlineMs" | "batchSize" | "maxConcurrent" | "attempts">;

export interface EvaluatorService {
  /** Refused (`invalid-value`) where the URL may not be called. */
  create(
    request: Pick<Evaluator, "kind" | "url"> & Partial<Pick<Evaluator, "description"> & EvaluatorLimits>,
    attempt?: Attempt,
  ): EvaluatorWithSecret;
  list(page: PageRequest, filter: { kind?: EvaluatorKind }): Page<Evaluator>;
  get(id: string): Evaluator;
  update(id: string, change: Partial<Pick<Evaluator, "url" | "description"> & EvaluatorLimits>): Evaluator;
  /** Its calls stay. Refused (`conflict`) while a run names it, or an evaluation that has not ended. */
  delete(id: string): void;
  /** The old secret signs beside the new one for a day. */
  rotateSecret(id: string): EvaluatorWithSecret;
  /** Sends one made-up item of its kind and answers how that went. */
  test(id: string, signal?: AbortSignal): Promise<EvaluatorCall>;
  calls(page: PageRequest, filter: { evaluator?: string; run?: string; iteration?: string }): Page<EvaluatorCall>;
  call(id: string): EvaluatorCall;
}

export interface HealthService {
  /** Operations that have not ended. */
  queue(): { readonly queued: number; readonly running: number; readonly paused: number };
  /** Ready once the policy is open and the database migrated. */
  ready(): {
    readonly ready: boolean;
    readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;
  };
}

export interface Services {
  readonly runs: RunService;
  readonly iterations: IterationService;
  readonly questions: QuestionService;
  readonly solutions: SolutionService;
  readonly scores: ScoreService;
  readonly trainingSteps: TrainingStepService;
  readonly evaluations: EvaluationService;
  readonly checkpoints: CheckpointService;
  readonly backups: BackupService;
  readonly operations: OperationService;
  readonly models: ModelService;
  readonly completions: CompletionService;
  readonly tokenizer: TokenizerService;
  readonly webhooks: WebhookService;
  readonly evaluators: EvaluatorService;
  readonly health: HealthService;
}
