/** Integer arithmetic for a small character-level model: short prompts, exact oracle, held-out set. */

import { answerOrNull } from "../../grading/answer-equivalence.ts";
import { extractBoxed } from "../../grading/boxed-answer.ts";
import { exactGrader } from "../../grading/exact-grader.ts";
import type { Domain, Proposal } from "../domain.ts";
import { countOperations, parseQuestion } from "./expression.ts";
import { heldOutQuestions } from "./held-out.ts";
import { oracle } from "./oracle.ts";
import { remainder } from "./remainder.ts";

const PROPOSAL = /^<question>([^<]*)<\/question>(\\boxed\{[^{}]*\})$/;

/**
 * Exactly a question block and a box, the question in the grammar of expression.ts with at least one operation. The
 * grammar is form, not truth: nothing is evaluated here.
 */
function parseProposal(completion: string): Proposal | null {
  const parts = PROPOSAL.exec(completion.trim());
  const question = parts && parseQuestion(parts[1]!);
  const answer = parts && answerOrNull(extractBoxed(parts[2]!));
  return question && countOperations(question) > 0 && answer !== null ? { question: parts[1]!, answer } : null;
}

export const arithmetic: Domain = {
  name: "arithmetic",
  description: "Sums, products, brackets and comparisons of integers; every answer can be computed, for measurement.",
  challengerMessages: () => [{ role: "user", content: "propose" }],
  solverMessages: (question) => [{ role: "user", content: question }],
  parseProposal,
  extractAnswer: (completion) => answerOrNull(extractBoxed(completion)),
  grader: exactGrader,
  // Questions hold hardly any spaces: numbers, operators and words are what repeats.
  words: (question) => question.match(/\d+|[a-z]+|\S/g) ?? [],
  remainder,
  oracle,
  heldOut: heldOutQuestions,
};
