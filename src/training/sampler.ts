/**
 * Sampling and scoring as the services need them: in pieces, so that no call holds the engine for long, and again where
 * the engine's process died. Seeds make both exact: neither the pieces nor the repetition change a token. Phases remember
 * their pieces (phase-pieces.ts); training is repeated elsewhere (replay-steps.ts).
 */
import {
  type GenerateRequest,
  type GenerateResult,
  type LogprobsRequest,
  type LogprobsResult,
  type Policy,
  PolicyError,
  type WeightsDigest,
} from "../policy/policy.ts";
import type { Log } from "./environment.ts";
import type { LoadedWeights } from "./loaded-weights.ts";
import { PieceReplay } from "./piece-replay.ts";

/** Sequences in one call to the engine, fewer where they may be long: what one interruption can cost. */
const PIECE = { sequences: 512, tokens: 2 ** 18, leastSequences: 64 };
/** Times a call is made before the loss of the engine is an error. */
const ATTEMPTS = 3;

export interface Sampler {
  /** As Policy.generate. `onProgress` counts over all pieces. */
  generate(request: GenerateRequest): Promise<GenerateResult>;
  logprobs(request: LogprobsRequest): Promise<LogprobsResult>;
}

export const createSampler = (policy: Policy, weights: LoadedWeights, log: Log): Sampler =>
  inPieces(repeating(policy, weights, log));

/** Asks again, with weights read from their checkpoint, where the engine was lost. */
function repeating(policy: Policy, weights: LoadedWeights, log: Log): Sampler {
  const again = async <T>(digest: WeightsDigest, call: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await weights.ensure(policy, digest);
        return await call();
      } catch (error) {
        if (attempt === ATTEMPTS || !isLoss(error)) throw error;
        log.warn({ err: error, weights: digest }, "the engine lost these weights; reading them again");
      }
    }
  };

  return {
    generate: ({ onPiece, ...request }) => {
      const replay = onPiece && new PieceReplay(onPiece);
      return again(request.weights, () => {
        replay?.restart();
        return policy.generate({ ...request, ...(replay && { onPiece: (own) => replay.tell(own) }) });
      });
    },
    logprobs: (request) => again(request.weights, () => policy.logprobs(request)),
  };
}

/** Asks for one piece after the other. Pieces of a piece are that piece: it may stand before itself. */
export function inPieces(sampler: Sampler): Sampler {
  return {
    async generate({ prompts, signal, onProgress, onPiece, ...rest }) {
      const total = prompts.reduce((sum, { seeds }) => sum + seeds.length, 0);
      const completions: GenerateResult["completions"][number][] = [];
      let finished = 0;
      let tokens = 0;
      let seconds = 0;
      for (const piece of piecesOf(prompts, ({ seeds }) => seeds.length, sequencesAtOnce(rest.sampling.maxTokens))) {
        signal?.throwIfAborted();
        const first = completions.length;
        const result = await sampler.generate({
          ...rest,
          prompts: piece,
          signal,
          ...(onPiece && { onPiece: (own) => onPiece({ ...own, prompt: first + own.prompt }) }),
          onProgress: (own) => onProgress?.({ finished: finished + own.finished, total, tokens: tokens + own.tokens }),
        });
        completions.push(...result.completions);
        finished += piece.reduce((sum, { seeds }) => sum + seeds.length, 0);
        tokens += result.tokens;
        seconds += result.seconds;
      }
      return { weights: rest.weights, completions, tokens, seconds };
    },
    async logprobs({ sequences, signal, ...rest }) {
      const results: LogprobsResult[] = [];
      for (const piece of piecesOf(sequences, () => 1, PIECE.sequences)) {
        signal?.throwIfAborted();
        results.push(await sampler.logprobs({ ...rest, sequences: piece, signal }));
      }
      return {
        logprobs: results.flatMap(({ logprobs }) => logprobs),
        entropies: results.flatMap(({ entropies }) => entropies),
        ...(rest.topLogprobs ? { top: results.flatMap(({ top }) => top ?? []) } : {}),
      };
    },
  };
}

/** The engine died, or lost weights with an earlier death: what it did can be asked again. */
export const isLoss = (error: unknown): boolean =>
  error instanceof PolicyError && (error.code === "engine-crashed" || error.code === "weights-not-loaded");

const sequencesAtOnce = (maxTokens: number): number =>
  Math.min(PIECE.sequences, Math.max(PIECE.leastSequences, Math.floor(PIECE.tokens / maxTokens)));

/** Consecutive pieces of at most `most` sequences, at least one item each. */
function* piecesOf<T>(items: readonly T[], size: (item: T) => number, most: number): Generator<readonly T[]> {
  let piece: T[] = [];
  let sequences = 0;
  for (const item of items) {
    if (piece.length > 0 && sequences + size(item) > most) {
      yield piece;
      piece = [];
      sequences = 0;
    }
    piece.push(item);
    sequences += size(item);
  }
  if (piece.length > 0) yield piece;
}
