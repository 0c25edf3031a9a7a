/**
 * Competition mathematics, as R-Zero trains on it. The prompts have the structure of the paper's (role, private thought,
 * fields, difficulty, two blocks and nothing else) in our words. No oracle: nobody can compute the truth of a new problem.
 */

import { answerOrNull } from "../grading/answer-equivalence.ts";
import { extractBoxed } from "../grading/boxed-answer.ts";
import { extractFinalAnswer } from "../grading/final-answer.ts";
import type { Grader } from "../grading/grader.ts";
import type { ChatMessage } from "../policy/policy.ts";
import type { Domain, Proposal } from "./domain.ts";

const CHALLENGER_SYSTEM = `You write problems for mathematics competitions, and you are an expert at it.
First think in private, step by step, until you have designed a problem that is new and not trivial. It may come from any field: prealgebra, algebra, geometry, number theory, combinatorics, probability, statistics or calculus. Aim for a difficulty at which fewer than 30 % of advanced high-school students succeed. Avoid textbook standards and problems that are already well known.
Then, without revealing any of that thinking, write exactly these two blocks and nothing else:
<question>
the complete statement of the problem
</question>

\\boxed{the final answer}`;

const CHALLENGER_USER = "Write one new, challenging problem now, formatted exactly as instructed.";

const SOLVER_SYSTEM = "Reason step by step, and give your final answer within \\boxed{}.";

/** The contents of the last complete question block and of the last box after it; null where either is missing or empty. */
export function parseQuestionBlock(completion: string): Proposal | null {
  const end = completion.lastIndexOf("</question>");
  const start = end < 0 ? -1 : completion.lastIndexOf("<question>", end);
  if (start < 0) return null;
  const question = completion.slice(start + "<question>".length, end).trim();
  const answer = answerOrNull(extractBoxed(completion.slice(end)));
  return question === "" || answer === null ? null : { question, answer };
}

/** Also how benchmarks of mathematics are asked, so that what is measured is what was trained. */
export const solverMessages = (question: string): readonly ChatMessage[] => [
  { role: "system", content: SOLVER_SYSTEM },
  { role: "user", content: question },
];

/** `grader`: of mathematics; it outlives the domain and is closed by whoever made it. */
export const math = (grader: Grader): Domain => ({
  name: "math",
  description: "Competition mathematics in words and LaTeX, with the prompts of the paper. No oracle, no held-out set.",
  challengerMessages: () => [
    { role: "system", content: CHALLENGER_SYSTEM },
    { role: "user", content: CHALLENGER_USER },
  ],
  solverMessages,
  parseProposal: parseQuestionBlock,
  extractAnswer: extractFinalAnswer,
  grader,
  words: (question) => question.split(/\s+/).filter((word) => word !== ""),
  heldOut: () => [],
});
