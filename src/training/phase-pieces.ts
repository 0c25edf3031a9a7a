/**
 * The log of a phase: what it sampled and scored, piece by piece, each stored before the next is asked for. A phase that goes
 * on after an interruption asks its questions again from the first, and those that were answered are answered from here. So
 * the phases know nothing of it, write their rows once, whole and in order, and readers see no half of them.
 *
 * An answer is found by what was asked (weights, prompts, seeds, settings; or the answers to be graded), so it can never stand
 * for another one. It goes when its step or phase is stored.
 */
import { createHash, type Hash } from "node:crypto";
import type { PiecesRepository } from "../curriculum/pieces-repository.ts";
import { decodeTrace, encodeTrace } from "../curriculum/rollout-trace.ts";
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { Completion, GenerateRequest, GenerateResult } from "../policy/policy.ts";
import type { Sampler } from "./sampler.ts";

export class PhasePieces {
  readonly #pieces: PiecesRepository;
  readonly #phaseId: string;

  constructor(pieces: PiecesRepository, phaseId: string) {
    this.#pieces = pieces;
    this.#phaseId = phaseId;
  }

  /** The sampler that remembers each call as a whole. Streams are not remembered: they have told what they wrote. */
  remembering(sampler: Sampler): Sampler {
    return {
      logprobs: (request) => sampler.logprobs(request),
      generate: async (request) => {
        if (request.onPiece) return sampler.generate(request);
        const question = digestOf((hash) => addSampling(hash, request));
        const stored = this.#pieces.find(this.#phaseId, question);
        if (stored !== null) return recalled(request, stored);
        const result = await sampler.generate(request);
        const parts = [speedOf(result), ...(await mapInPieces(result.completions, encoded))];
        await this.#pieces.insert(this.#phaseId, question, parts);
        return result;
      },
    };
  }

  /** `answer`, asked at most once for what `question` names. Both are JSON. */
  async once<T>(question: unknown, answer: () => Promise<T>): Promise<T> {
    const digest = digestOf((hash) => hash.update(JSON.stringify(question)));
    const stored = this.#pieces.find(this.#phaseId, digest);
    if (stored !== null) return JSON.parse(stored[0]!.toString()) as T;
    const given = await answer();
    await this.#pieces.insert(this.#phaseId, digest, [Buffer.from(JSON.stringify(given))]);
    return given;
  }

  /** What was asked is stored elsewhere: a step, the phase. In pieces. */
  forget(): Promise<void> {
    return this.#pieces.forget(this.#phaseId);
  }
}

function digestOf(add: (hash: Hash) => void): Buffer {
  const hash = createHash("sha256");
  add(hash);
  return hash.digest();
}

/** All that a completion depends on; lengths, so that no two requests read alike. */
function addSampling(hash: Hash, { weights, sampling, prompts }: GenerateRequest): void {
  const { temperature, topP, topK, minP, maxTokens, stop = [] } = sampling;
  hash.update(JSON.stringify([weights, temperature, topP, topK, minP, maxTokens, stop]));
  for (const { tokenIds, seeds } of prompts) {
    hash.update(Uint32Array.from([tokenIds.length, seeds.length, ...tokenIds, ...seeds]));
  }
}

/** As it was when it was sampled, so that a step's speed is not that of reading it again. */
const speedOf = ({ tokens, seconds }: GenerateResult): Buffer => Buffer.from(JSON.stringify({ tokens, seconds }));

/** What is found was not sampled now: its tokens do not count in how fast this goes on. */
async function recalled(
  { weights, prompts, onProgress }: GenerateRequest,
  parts: readonly Buffer[],
): Promise<GenerateResult> {
  const [speed, ...completions] = parts;
  const finished = prompts.reduce((sum, { seeds }) => sum + seeds.length, 0);
  onProgress?.({ finished, total: finished, tokens: 0 });
  const { tokens, seconds } = JSON.parse(speed!.toString()) as Pick<GenerateResult, "tokens" | "seconds">;
  return { weights, completions: await mapInPieces(completions, decoded), tokens, seconds };
}

/** Text, why it ended, seed, bytes of the trace. */
type Head = readonly [string, Completion["finishReason"], number, number];

/** One prompt's completions: length of the heads (4 bytes) | heads as JSON | traces. */
function encoded(completions: readonly Completion[]): Buffer {
  const traces = completions.map(encodeTrace);
  const heads = completions.map(
    ({ text, finishReason, seed }, index): Head => [text, finishReason, seed, traces[index]!.length],
  );
  const json = Buffer.from(JSON.stringify(heads));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, ...traces]);
}

function decoded(stored: Buffer): readonly Completion[] {
  const end = 4 + stored.readUInt32LE(0);
  let at = end;
  return (JSON.parse(stored.toString("utf8", 4, end)) as readonly Head[]).map(([text, finishReason, seed, bytes]) => {
    const trace = decodeTrace(stored.subarray(at, at + bytes));
    at += bytes;
    return { text, finishReason, seed, ...trace };
  });
}
