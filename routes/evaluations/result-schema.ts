/** One question of an evaluation on the wire, with every answer. */
import { z } from "@hono/zod-openapi";
import type { EvaluationResult, GradedAnswer, JudgeErrorCode } from "../../src/records/evaluations.ts";
import { nullable } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

const JUDGE_ERRORS = [
  "unreachable",
  "timed-out",
  "refused",
  "unreadable",
  "circuit-open",
] as const satisfies JudgeErrorCode[];
const exampleJudge = { equivalent: true, score: 1, reasons: ["28 is 28"], error: null };

export const JudgeVerdictSchema = z
  .object({
    equivalent: z.boolean().nullable().openapi({ description: "null where the judge gave no verdict." }),
    score: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .openapi({ description: "As an evaluator gave it; a judge behind a chat endpoint gives none." }),
    reasons: z.array(z.string()),
    error: nullable(
      z
        .object({ code: z.enum(JUDGE_ERRORS), message: z.string() })
        .openapi("JudgeError", { example: { code: "unreadable", message: "the judge replied neither yes nor no" } }),
    ),
  })
  .openapi("JudgeVerdict", { example: exampleJudge });

const exampleAnswer = {
  text: "30,28\\boxed{28}",
  answer: "28",
  correct: true,
  how: "string",
  truncated: false,
  tokens: 9,
  judge: exampleJudge,
};

export const GradedAnswerSchema = z
  .object({
    text: z.string(),
    answer: z.string().nullable().openapi({ description: "As extracted; null where there is none." }),
    correct: z.boolean().openapi({ description: "By the benchmark's rule." }),
    how: z
      .string()
      .nullable()
      .openapi({ description: "How the rule decided, e.g. numeric or error:deadline-exceeded." }),
    truncated: z.boolean(),
    tokens: z.number().int(),
    judge: nullable(JudgeVerdictSchema).openapi({ description: "null where no judge was asked." }),
  })
  .openapi("GradedAnswer", { example: exampleAnswer });

const exampleMajority = { answer: "28", correct: true };
const exampleResult = {
  position: 0,
  itemId: "chain-17",
  question: "12+18-2",
  reference: "28",
  skill: "chain",
  samples: [exampleAnswer],
  greedy: exampleAnswer,
  majority: exampleMajority,
};

export const EvaluationResultSchema = z
  .object({
    position: z.number().int().openapi({ description: "0, 1, ... in the benchmark's order." }),
    itemId: z.string(),
    question: z.string(),
    reference: z.string(),
    skill: z.string(),
    samples: z.array(GradedAnswerSchema),
    greedy: nullable(GradedAnswerSchema),
    majority: nullable(
      z
        .object({ answer: z.string().nullable(), correct: z.boolean() })
        .openapi("MajorityAnswer", { description: "Of the first k samples.", example: exampleMajority }),
    ),
  })
  .openapi("EvaluationResult", { example: exampleResult });

export const EvaluationResultPageSchema = pageSchema("EvaluationResultPage", EvaluationResultSchema, exampleResult);

export function resultView(result: EvaluationResult): z.infer<typeof EvaluationResultSchema> {
  return {
    position: result.position,
    itemId: result.itemId,
    question: result.question,
    reference: result.reference,
    skill: result.skill,
    samples: result.samples.map(answerView),
    greedy: result.greedy && answerView(result.greedy),
    majority: result.majority && { answer: result.majority.answer, correct: result.majority.correct },
  };
}

function answerView({
  text,
  answer,
  correct,
  how,
  truncated,
  tokens,
  judge,
}: GradedAnswer): z.infer<typeof GradedAnswerSchema> {
  return { text, answer, correct, how, truncated, tokens, judge: judge && judgeView(judge) };
}

function judgeView(judge: NonNullable<GradedAnswer["judge"]>): z.infer<typeof JudgeVerdictSchema> {
  if ("error" in judge) {
    return { equivalent: null, score: null, reasons: [], error: { code: judge.error, message: judge.message } };
  }
  const { equivalent, score = null, reasons = [] } = judge;
  return { equivalent, score, reasons: [...reasons], error: null };
}
