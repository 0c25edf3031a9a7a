/** Evaluation on a domain's held-out questions: k samples and one greedy answer to each. */
import type { Domain, HeldOutQuestion } from "../domains/domain.ts";
import type { EvaluationSummary } from "../records/records.ts";
import type { Random } from "../rzero/seeds.ts";
import { type AnswerRequest, answerItems } from "./answer-items.ts";
import { summarizeEvaluation } from "./metrics.ts";

export interface HeldOutEvaluationRequest extends Omit<AnswerRequest, "items" | "messages" | "rule" | "k" | "greedy"> {
  readonly domain: Domain;
  readonly questions: number;
  /** Resamples the questions for the intervals. */
  readonly random: Random;
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
  const { domain, samples, random } = request;
  const questions = domain.heldOut(request.questions);
  const answered = await answerItems({
    ...request,
    items: questions.map(({ id, question, answer, skill }) => ({
      id,
      question,
      reference: answer,
      skill,
      choices: null,
    })),
    messages: ({ question }) => domain.solverMessages(question),
    rule: { extract: (completion) => domain.extractAnswer(completion), grader: domain.grader },
    k: samples,
    greedy: true,
  });
  const items = answered.map(({ samples: sampled, greedy }, index) => ({
    question: questions[index]!,
    answers: sampled.map(({ answer }) => answer),
    correct: sampled.filter(({ correct }) => correct).length,
    greedyAnswer: greedy!.answer,
    greedyCorrect: greedy!.correct,
  }));
  const graded = answered.map(({ samples: sampled, greedy, majority }, index) => ({
    skill: questions[index]!.skill,
    size: questions[index]!.size,
    correct: sampled.map(({ correct }) => correct),
    majority: majority?.correct ?? null,
    greedy: greedy!.correct,
  }));
  return { summary: summarizeEvaluation(graded, random, samples), items };
}
