/** The one way of evaluating: each question is answered by sampling and greedily, and every answer is read and graded. */
import { verdictName } from "../grading/verdict.ts";
import { Verdicts } from "../grading/verdicts.ts";
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type {
  ChatMessage,
  Completion,
  GeneratePrompt,
  GenerateProgress,
  GenerateRequest,
  GenerateResult,
  PolicyTokenizer,
  SamplingParams,
  WeightsDigest,
} from "../policy/policy.ts";
import type { EvaluationResult, GradedAnswer } from "../records/evaluations.ts";
import { majorityVote } from "../rzero/majority-vote.ts";
import type { PolicySampling } from "../rzero/run-config.ts";
import type { AnswerRule } from "./answer-rules.ts";
import type { BenchmarkItem } from "./benchmark.ts";

export interface AnswerRequest {
  readonly generate: (request: GenerateRequest) => Promise<GenerateResult>;
  readonly tokenizer: PolicyTokenizer;
  /** Tokens; what a prompt leaves of it bounds its answer. */
  readonly contextLength: number;
  readonly weights: WeightsDigest;
  readonly items: readonly BenchmarkItem[];
  readonly messages: (item: BenchmarkItem) => readonly ChatMessage[];
  readonly rule: AnswerRule;
  readonly samples: number;
  /** Of the majority: at most `samples`. */
  readonly k: number;
  readonly greedy: boolean;
  /** True sampling; the greedy answer takes its other limits from here. */
  readonly sampling: PolicySampling;
  /** `item`: its place in `items`. */
  readonly seed: (item: number, sample: number) => number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: GenerateProgress) => void) | undefined;
}

export type AnsweredItem = Pick<EvaluationResult, "samples" | "greedy" | "majority">;

/** In the order of the items. */
export async function answerItems(request: AnswerRequest): Promise<readonly AnsweredItem[]> {
  const { items, rule, samples, k, greedy, signal } = request;
  const prompts = await mapInPieces(items, (item) =>
    request.tokenizer.encode(request.tokenizer.renderChat(request.messages(item))),
  );
  const ask = asking(request, prompts);
  const sampled = await ask((item) => Array.from({ length: samples }, (_, sample) => request.seed(item, sample)), {
    ...request.sampling,
  });
  const likeliest = await ask(() => (greedy ? [0] : []), {
    temperature: 0,
    topP: 1,
    topK: 0,
    minP: 0,
    maxTokens: request.sampling.maxTokens,
  });
  const read = await mapInPieces(items, (item, index) =>
    [...sampled[index]!, ...likeliest[index]!].map((written) => ({
      ...written,
      answer: rule.extract(written.text, item),
    })),
  );
  const pairs = read.flatMap((answers, index) =>
    answers.map(({ answer }) => [answer, items[index]!.reference] as const),
  );
  const verdicts = await Verdicts.of(rule.grader, pairs, signal);
  const voters = read.map((answers) => answers.slice(0, k).map(({ answer }) => answer));
  const groupings = await rule.grader.group(
    voters.map((answers) => answers.filter((answer) => answer !== null)),
    signal,
  );
  return mapInPieces(items, ({ reference }, index): AnsweredItem => {
    const graded = read[index]!.map(({ text, answer, truncated, tokens }): GradedAnswer => {
      const verdict = answer === null ? null : verdicts.verdict(answer, reference);
      return {
        text,
        answer,
        correct: answer !== null && verdicts.equivalent(answer, reference),
        how: verdict === null ? null : verdictName(verdict),
        truncated,
        tokens,
        judge: null,
      };
    });
    const majority = samples === 0 ? null : majorityOf(voters[index]!, groupings[index]!.first);
    return {
      samples: graded.slice(0, samples),
      greedy: graded[samples] ?? null,
      majority: majority && {
        answer: majority.answer,
        correct: majority.answer !== null && verdicts.equivalent(majority.answer, reference),
      },
    };
  });
}

interface Written {
  readonly text: string;
  readonly truncated: boolean;
  readonly tokens: number;
}

/**
 * Samples every item with its seeds. A prompt that leaves less of the context than `maxTokens` gets what it leaves, and
 * one that leaves nothing an empty answer, cut off: a benchmark does not end at its longest question.
 */
function asking(request: AnswerRequest, prompts: readonly (readonly number[])[]) {
  const { generate, weights, contextLength, samples, greedy, signal, onProgress } = request;
  const total = prompts.length * (samples + Number(greedy));
  let before = 0;
  return async (seeds: (item: number) => readonly number[], sampling: SamplingParams): Promise<Written[][]> => {
    const written: Written[][] = prompts.map((_, item) =>
      seeds(item).map(() => ({ text: "", truncated: true, tokens: 0 })),
    );
    const byRoom = new Map<number, (GeneratePrompt & { readonly item: number })[]>();
    prompts.forEach((tokenIds, item) => {
      const room = roomFor(sampling.maxTokens, contextLength, tokenIds.length);
      if (room < 1 || seeds(item).length === 0) return;
      byRoom.set(room, [...(byRoom.get(room) ?? []), { item, tokenIds, seeds: seeds(item) }]);
    });
    for (const [maxTokens, group] of byRoom) {
      const { completions } = await generate({
        weights,
        prompts: group.map(({ tokenIds, seeds: own }) => ({ tokenIds, seeds: own })),
        sampling: { ...sampling, maxTokens },
        signal,
        onProgress: (own) => onProgress?.({ ...own, finished: before + own.finished, total }),
      });
      group.forEach(({ item }, index) => {
        written[item] = completions[index]!.map(asWritten);
        before += completions[index]!.length;
      });
    }
    return written;
  };
}

/**
 * Tokens an answer may have: `maxTokens`, or what the prompt leaves, in whole eighths of the context where it leaves more
 * than one, so that prompts of about the same length are answered together. Depends on nothing but its own prompt.
 */
function roomFor(maxTokens: number, contextLength: number, promptTokens: number): number {
  const left = contextLength - promptTokens;
  const eighth = Math.max(1, Math.floor(contextLength / 8));
  return Math.min(maxTokens, left > eighth ? left - (left % eighth) : left);
}

const asWritten = ({ text, finishReason, tokenIds }: Completion): Written => ({
  text,
  truncated: finishReason === "length",
  tokens: tokenIds.length,
});

/** `answers`: [k]; `first`: of those that are no null, as a Grouping has it. */
function majorityOf(answers: readonly (string | null)[], first: readonly number[]): { readonly answer: string | null } {
  const groupOf = new Map(answers.filter((answer) => answer !== null).map((answer, place) => [answer, first[place]!]));
  return { answer: majorityVote(answers, (a, b) => groupOf.get(a) === groupOf.get(b)).pseudoLabel };
}
