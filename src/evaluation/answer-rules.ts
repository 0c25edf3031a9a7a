/** How an answer is found in a completion and compared with the reference: one row for each kind of benchmark. */
import { answerOrNull } from "../grading/answer-equivalence.ts";
import { extractBoxed } from "../grading/boxed-answer.ts";
import { exactGrader } from "../grading/exact-grader.ts";
import { extractFinalAnswer } from "../grading/final-answer.ts";
import type { Grader } from "../grading/grader.ts";
import { decide, type How } from "../grading/verdict.ts";
import type { BenchmarkItem } from "./benchmark.ts";
import { extractChoice } from "./choices.ts";
import { equalPlainAnswers } from "./plain-answer.ts";

export interface AnswerRule {
  /** Null where the completion holds none. Never throws. */
  extract(completion: string, item: Pick<BenchmarkItem, "choices">): string | null;
  readonly grader: Grader;
}

export const ANSWER_RULE_NAMES = ["math", "exact", "choice", "text"] as const;
export type AnswerRuleName = (typeof ANSWER_RULE_NAMES)[number];

/** `grader`: of mathematics; it outlives the rules. */
export const answerRules = (grader: Grader): Readonly<Record<AnswerRuleName, AnswerRule>> => ({
  math: { extract: extractFinalAnswer, grader },
  exact: { extract: (completion) => answerOrNull(extractBoxed(completion)), grader: exactGrader },
  choice: {
    extract: (completion, { choices }) => extractChoice(completion, choices ?? []),
    grader: graderBy((a, b) => a === b, "choice"),
  },
  text: { extract: extractFinalAnswer, grader: graderBy(equalPlainAnswers, "text") },
});

/** `same`: an equivalence relation, quick to ask. */
function graderBy(same: (a: string, b: string) => boolean, how: How): Grader {
  return {
    compare: async (pairs) => pairs.map(([a, b]) => decide(same(a, b), how)),
    group: async (sets) =>
      sets.map((answers) => ({
        first: answers.map((answer) => answers.findIndex((other) => same(other, answer))),
        how: answers.map(() => how),
        errors: [],
      })),
    close: () => undefined,
  };
}
