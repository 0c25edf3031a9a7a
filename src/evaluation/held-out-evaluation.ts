/** Running a held-out evaluation: k samples and one greedy answer to each question of the domain's held-out set. */
import type { Domain, HeldOutQuestion } from "../domains/domain.ts";
import { pairsOf } from "../grading/groups.ts";
import { Verdicts } from "../grading/verdicts.ts";
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type {
  GenerateProgress,
  GenerateRequest,
  GenerateResult,
  PolicyTokenizer,
  WeightsDigest,
} from "../policy/policy.ts";
import type { EvaluationSummary } from "../records/records.ts";
import type { PolicySampling } from "../rzero/run-config.ts";
import type { Random } from "../rzero/seeds.ts";
import { summarizeEvaluation } from "./metrics.ts";

export interface HeldOutEvaluationRequest {
  readonly generate: (request: GenerateRequest) => Promise<GenerateResult>;
  readonly tokenizer: PolicyTokenizer;
  readonly domain: Domain;
  readonly weights: WeightsDigest;
  readonly questions: number;
  /** k */
  readonly samples: number;
  /** True sampling; the greedy answer takes its other limits from here. */
  readonly sampling: PolicySampling;
  readonly seed: (question: number, sample: number) => number;
  /** Resamples the questions for the intervals. */
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GenerateProgress) => void;
}

export interface HeldOutAnswer {
  readonly question: HeldOutQuestion;
  /** [k] */
  readonly answers: readonly (string | null)[];
  /** How many of `answers` are right. */
  readonly correct: number;
  readonly greedyAnswer: string | null;
  readonly greedyCorrect: boolean;
}

export interface HeldOutEvaluation {
  readonly summary: EvaluationSummary;
  readonly items: readonly HeldOutAnswer[];
}

/** A domain without a held-out set gives a summary of 0 questions. */
export async function evaluateHeldOut(request: HeldOutEvaluationRequest): Promise<HeldOutEvaluation> {
  const { domain, tokenizer, samples, weights, signal } = request;
  const questions = domain.heldOut(request.questions);
  const prompts = await mapInPieces(questions, ({ question }) =>
    tokenizer.encode(tokenizer.renderChat(domain.solverMessages(question))),
  );
  const total = questions.length * (samples + 1);
  const progress = (before: number) => (own: GenerateProgress) =>
    request.onProgress?.({ ...own, finished: before + own.finished, total });
  const sampled = await request.generate({
    weights,
    prompts: prompts.map((tokenIds, index) => ({
      tokenIds,
      seeds: Array.from({ length: samples }, (_, sample) => request.seed(index, sample)),
    })),
    sampling: request.sampling,
    signal,
    onProgress: progress(0),
  });
  const greedy = await request.generate({
    weights,
    prompts: prompts.map((tokenIds) => ({ tokenIds, seeds: [0] })),
    sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, maxTokens: request.sampling.maxTokens },
    signal,
    onProgress: progress(questions.length * samples),
  });
  const answered = await mapInPieces(questions, (_, index) => ({
    answers: sampled.completions[index]!.map(({ text }) => domain.extractAnswer(text)),
    greedyAnswer: domain.extractAnswer(greedy.completions[index]![0]!.text),
  }));
  const verdicts = await Verdicts.of(domain.grader, everyPair(questions, answered), signal);
  const right = (answer: string | null, truth: string) => answer !== null && verdicts.equivalent(answer, truth);
  const items = await mapInPieces(questions, (question, index): HeldOutAnswer => {
    const { answers, greedyAnswer } = answered[index]!;
    return {
      question,
      answers,
      correct: answers.filter((answer) => right(answer, question.answer)).length,
      greedyAnswer,
      greedyCorrect: right(greedyAnswer, question.answer),
    };
  });
  const summary = summarizeEvaluation(
    items.map(({ question, answers, greedyAnswer }) => ({
      truth: question.answer,
      skill: question.skill,
      size: question.size,
      samples: answers,
      greedy: greedyAnswer,
    })),
    verdicts.equivalent,
    request.random,
    samples,
  );
  return { summary, items };
}

/** What right and majority ask: each answer against the truth, and samples against each other in either order. */
function everyPair(
  questions: readonly HeldOutQuestion[],
  answered: readonly { readonly answers: readonly (string | null)[]; readonly greedyAnswer: string | null }[],
): readonly (readonly [string | null, string | null])[] {
  return questions.flatMap(({ answer: truth }, index) => {
    const { answers, greedyAnswer } = answered[index]!;
    const given = answers.filter((answer) => answer !== null);
    const among = pairsOf(given).flatMap(([a, b]) => [[a, b] as const, [b, a] as const]);
    return [...[...given, greedyAnswer].map((answer) => [answer, truth] as const), ...among];
  });
}
