/** Completions on request. They go straight to the policy and are served between the steps of whatever is training. */
import type {
  Completion,
  LogprobsResult,
  CompletionPiece as Piece,
  Policy,
  PolicyTokenizer,
  WeightsDigest,
} from "../policy/policy.ts";
import { deriveSeed } from "../rzero/seeds.ts";
import { Channel } from "./channel.ts";
import { type Environment, freshSeed } from "./environment.ts";
import { translatingErrorsOf } from "./failures.ts";
import { weightsOf } from "./model-service.ts";
import { createSampler, type Sampler } from "./sampler.ts";
import {
  type ChatRequest,
  type CompletionChoice,
  type CompletionPiece,
  type CompletionRequest,
  type CompletionService,
  type CompletionTokenLogprob,
  type ModelService,
  ServiceError,
} from "./services.ts";
import { unknownToken } from "./token-ids.ts";

interface Prompt {
  readonly text: string;
  readonly tokenIds: readonly number[];
}

/** What is to be written, checked against the model that is to write it. */
interface Job {
  readonly request: CompletionRequest;
  readonly policy: Policy;
  readonly weights: WeightsDigest;
  readonly prompts: readonly Prompt[];
  readonly promptTokens: number;
}

export function createCompletionService(
  environment: Environment,
  models: Pick<ModelService, "get">,
): CompletionService {
  const prepare = async (request: CompletionRequest): Promise<Job> => {
    const policy = await environment.policy.get();
    const weights = weightsOf(models.get(request.model));
    const prompts = request.prompts.map((prompt) => readPrompt(policy, prompt, request.maxTokens));
    return {
      request,
      policy,
      weights,
      prompts,
      promptTokens: prompts.reduce((sum, each) => sum + each.tokenIds.length, 0),
    };
  };

  const choicesOf = async ({ request, policy, weights, prompts }: Job): Promise<readonly CompletionChoice[]> => {
    const sampler = createSampler(policy, environment.weights, environment.log);
    const letGo = environment.weights.hold(weights);
    try {
      const written = await write(sampler, weights, prompts, request, request.seed ?? freshSeed(environment));
      return await present(sampler, policy.tokenizer, weights, prompts, written, request);
    } finally {
      letGo();
    }
  };

  /** Echoed tokens are not new ones. */
  const newTokens = ({ prompts, request }: Job, { index, tokenIds }: CompletionChoice): number =>
    tokenIds.length - (request.echo ? prompts[Math.floor(index / request.n)]!.tokenIds.length : 0);

  /** Log-probabilities are of finished choices, scored in one pass: those are told whole. */
  async function* piecesOf(job: Job): AsyncGenerator<CompletionPiece> {
    if (job.request.logprobs === null && job.request.maxTokens > 0) return yield* piecesAsWritten(job);
    for (const choice of await choicesOf(job)) yield { ...choice, newTokens: newTokens(job, choice) };
  }

  /** Who stops reading ends the writing. */
  async function* piecesAsWritten({ request, policy, weights, prompts }: Job): AsyncGenerator<CompletionPiece> {
    const sampler = createSampler(policy, environment.weights, environment.log);
    const unwanted = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, unwanted.signal]) : unwanted.signal;
    const channel = new Channel<Piece>();
    const letGo = environment.weights.hold(weights);
    const seed = request.seed ?? freshSeed(environment);
    void write(sampler, weights, prompts, { ...request, signal }, seed, (piece) => channel.push(piece))
      .then(
        () => channel.end(),
        (error: unknown) => channel.fail(error),
      )
      .finally(letGo);
    const begun = new Set<number>();
    try {
      for await (const { prompt, sample, text, tokenIds, finishReason } of channel) {
        const index = prompt * request.n + sample;
        const echoed = request.echo && !begun.has(index) ? prompts[prompt]! : { text: "", tokenIds: [] };
        begun.add(index);
        yield {
          index,
          text: echoed.text + text,
          tokenIds: [...echoed.tokenIds, ...tokenIds],
          logprobs: null,
          finishReason,
          newTokens: tokenIds.length,
        };
      }
    } finally {
      unwanted.abort();
    }
  }

  const complete = async (request: CompletionRequest) => {
    const job = await prepare(request);
    const choices = await choicesOf(job);
    return {
      model: request.model,
      weights: job.weights,
      choices,
      promptTokens: job.promptTokens,
      completionTokens: choices.reduce((sum, choice) => sum + newTokens(job, choice), 0),
    };
  };
  const stream = async (request: CompletionRequest) => {
    const job = await prepare(request);
    const pieces = translatingErrorsOf(piecesOf(job));
    return { model: request.model, weights: job.weights, promptTokens: job.promptTokens, pieces };
  };
  /** The template writes the special tokens of a chat, so it is encoded without any more of them. */
  const rendered = async ({ messages, ...request }: ChatRequest): Promise<CompletionRequest> => {
    const { tokenizer } = await environment.policy.get();
    return { ...request, prompts: [tokenizer.encode(tokenizer.renderChat(messages))], echo: false };
  };
  return {
    complete,
    stream,
    chat: async (request) => complete(await rendered(request)),
    streamChat: async (request) => stream(await rendered(request)),
  };
}

function readPrompt(policy: Policy, given: string | readonly number[], maxTokens: number): Prompt {
  const { tokenizer, model } = policy;
  const field = "prompt";
  const tokenIds = typeof given === "string" ? tokenizer.encode(given, { addSpecial: true }) : given;
  if (tokenIds.length === 0) throw new ServiceError("invalid-value", "a prompt has at least one token", { field });
  const unknown = unknownToken(tokenIds, model);
  if (unknown !== null) throw new ServiceError("invalid-value", unknown.message, { field, value: unknown.tokenId });
  if (tokenIds.length + maxTokens > model.contextLength) {
    throw new ServiceError(
      "context-length-exceeded",
      `a prompt of ${tokenIds.length} tokens and ${maxTokens} new ones exceed the ${model.contextLength} of ${model.name}`,
      { field, value: tokenIds.length + maxTokens },
    );
  }
  return { text: typeof given === "string" ? given : tokenizer.decode(tokenIds), tokenIds };
}

/** Below 1e-5 greedy, up to 0.01 as 0.01, as in vLLM: logits over less than that overflow single precision. */
const practical = (temperature: number): number => (temperature < 1e-5 ? 0 : Math.max(temperature, 0.01));

/** [P][n]; nothing is sampled where no new token is asked for. */
async function write(
  sampler: Sampler,
  weights: WeightsDigest,
  prompts: readonly Prompt[],
  request: CompletionRequest,
  seed: number,
  onPiece?: (piece: Piece) => void,
): Promise<readonly (readonly Completion[])[]> {
  const { n, maxTokens, temperature, topP, topK, minP, stop, signal } = request;
  const seedOf = (prompt: number, sample: number) =>
    deriveSeed({ run: seed, iteration: 0, phase: "completion", step: 0, prompt, sample });
  if (maxTokens === 0) {
    const nothing = { tokenIds: [], text: "", sampledLogprobs: new Float32Array(), rawLogprobs: new Float32Array() };
    return prompts.map(() => Array.from({ length: n }, () => ({ ...nothing, finishReason: "length" as const, seed })));
  }
  const { completions } = await sampler.generate({
    weights,
    prompts: prompts.map(({ tokenIds }, prompt) => ({
      tokenIds,
      seeds: Array.from({ length: n }, (_, sample) => seedOf(prompt, sample)),
    })),
    sampling: { temperature: practical(temperature), topP, topK, minP, maxTokens, stop },
    priority: "interactive",
    signal,
    ...(onPiece && { onPiece }),
  });
  return completions;
}

async function present(
  sampler: Sampler,
  tokenizer: PolicyTokenizer,
  weights: WeightsDigest,
  prompts: readonly Prompt[],
  written: readonly (readonly Completion[])[],
  request: CompletionRequest,
): Promise<CompletionChoice[]> {
  const pairs = prompts.flatMap((prompt, index) => written[index]!.map((completion) => ({ prompt, completion })));
  const scores = request.logprobs === null ? null : await score(sampler, weights, pairs, request);
  return pairs.map(({ prompt, completion }, index) => {
    const shown = request.echo ? [...prompt.tokenIds, ...completion.tokenIds] : completion.tokenIds;
    return {
      index,
      text: request.echo ? prompt.text + completion.text : completion.text,
      tokenIds: shown,
      finishReason: completion.finishReason,
      logprobs: scores === null ? null : tokenLogprobs(tokenizer, shown, scores, index),
    };
  });
}

type Pair = { readonly prompt: Prompt; readonly completion: Completion };

/** Scored in one pass, so that prompt and completion, and the written token and its rivals, have comparable numbers. */
async function score(
  sampler: Sampler,
  weights: WeightsDigest,
  pairs: readonly Pair[],
  request: CompletionRequest,
): Promise<LogprobsResult> {
  return sampler.logprobs({
    weights,
    sequences: pairs.map(({ prompt, completion }) => ({
      tokenIds: [...prompt.tokenIds, ...completion.tokenIds],
      from: request.echo ? 1 : prompt.tokenIds.length,
    })),
    topLogprobs: request.logprobs ?? 0,
    priority: "interactive",
    signal: request.signal,
  });
}

/** The first token of an echoed text has no predecessor and so no log-probability. */
function tokenLogprobs(
  tokenizer: PolicyTokenizer,
  tokenIds: readonly number[],
  scores: LogprobsResult,
  sequence: number,
): CompletionTokenLogprob[] {
  const logprobs = scores.logprobs[sequence]!;
  const unscored = tokenIds.length - logprobs.length;
  const named = (tokenId: number) => ({ token: tokenizer.decode([tokenId]), tokenId });
  return tokenIds.map((tokenId, at) => ({
    ...named(tokenId),
    logprob: at < unscored ? null : logprobs[at - unscored]!,
    top:
      at < unscored
        ? []
        : (scores.top?.[sequence]?.[at - unscored] ?? []).map((top) => ({
            ...named(top.tokenId),
            logprob: top.logprob,
          })),
  }));
}
