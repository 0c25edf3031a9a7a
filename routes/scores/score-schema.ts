/** Scores on the wire: four kinds of question about answers, one discriminated body. */
import { z } from "@hono/zod-openapi";
import type { GradingErrorCode } from "../../src/grading/verdict.ts";
import { GradingErrorsSchema, VoteGroupSchema } from "../solutions/solution-schema.ts";
import { idSchema, nullable } from "../wire/field-schemas.ts";

const domain = z.string().min(1).max(200).openapi({ example: "arithmetic" });
const answer = z.string().max(65_536);

export const ScoreAnswersSchema = z
  .strictObject({
    kind: z.literal("answers"),
    domain,
    items: z
      .array(
        z
          .strictObject({ answer, reference: answer })
          .openapi("AnswerAndReference", { example: { answer: "so \\boxed{28}", reference: "28" } }),
      )
      .min(1)
      .max(10_000),
  })
  .openapi("ScoreAnswers", {
    description: "Is each answer equivalent to its reference? Nothing is stored.",
    example: { kind: "answers", domain: "arithmetic", items: [{ answer: "so \\boxed{28}", reference: "28" }] },
  });

export const ScoreVotesSchema = z
  .strictObject({
    kind: z.literal("votes"),
    domain,
    items: z
      .array(
        z
          .strictObject({ answers: z.array(answer.nullable()).min(1).max(1000) })
          .openapi("VoteSet", { example: { answers: ["28", "28", "30", null] } }),
      )
      .min(1)
      .max(1000),
  })
  .openapi("ScoreVotes", {
    description: "The majority of each set of answers. Nothing is stored.",
    example: { kind: "votes", domain: "arithmetic", items: [{ answers: ["28", "28", "30", null] }] },
  });

export const ScoreChallengerBatchSchema = z
  .strictObject({
    kind: z.literal("challenger-batch"),
    run: idSchema("run"),
    questions: z.array(idSchema("q")).min(1).max(1000),
  })
  .openapi("ScoreChallengerBatch", {
    description: "The Challenger's reward of stored, solved questions, part by part; stored on their rollouts.",
    example: {
      kind: "challenger-batch",
      run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
      questions: ["q_01JZX3T5N8Q4W2E6R7T9Y1V3F1"],
    },
  });

export const ScoreSolverRolloutsSchema = z
  .strictObject({
    kind: z.literal("solver-rollouts"),
    run: idSchema("run"),
    solutions: z.array(idSchema("sol")).min(1).max(1000),
    evaluator: nullable(idSchema("evr"))
      .optional()
      .openapi({
        description:
          "A registered grader, asked instead of the domain's answer check; null: that check. The run's own grader, where it has " +
          "one, unless told.",
      }),
  })
  .openapi("ScoreSolverRollouts", {
    description: "Scores the stored rollouts of solutions against their pseudo-label, without inference.",
    example: {
      kind: "solver-rollouts",
      run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
      solutions: ["sol_01JZX3T5N8Q4W2E6R7T9Y1V3E1"],
    },
  });

export const ScoresCreateSchema = z
  .discriminatedUnion("kind", [
    ScoreAnswersSchema,
    ScoreVotesSchema,
    ScoreChallengerBatchSchema,
    ScoreSolverRolloutsSchema,
  ])
  .openapi("ScoresCreate", {
    example: { kind: "answers", domain: "arithmetic", items: [{ answer: "so \\boxed{28}", reference: "28" }] },
  });

const GRADING_ERRORS = [
  "deadline-exceeded",
  "worker-lost",
  "too-long",
  "too-deep",
  "too-large",
  "unparsable",
  "undecided",
] as const satisfies GradingErrorCode[];

export const GradingErrorSchema = z
  .object({ code: z.enum(GRADING_ERRORS), message: z.string() })
  .openapi("GradingError", {
    description: "Why nothing decided. `correct` is false then, and means nothing.",
    example: { code: "deadline-exceeded", message: "no verdict within 2000 ms" },
  });

const exampleAnswer = { answer: "28", reference: "28", correct: true, how: "string", error: null };
const exampleAnswers = { kind: "answers", results: [exampleAnswer] };

export const AnswerScoresSchema = z
  .object({
    kind: z.literal("answers"),
    results: z.array(
      z
        .object({
          answer: z.string().nullable().openapi({ description: "As extracted; null where there is none." }),
          reference: z.string().nullable(),
          correct: z.boolean(),
          how: z.string().nullable().openapi({
            description:
              "What decided: string, numeric, symbolic, probing, set, tuple, interval, matrix, equation, inequality, choice, ratio, time, date, text, kind. Null where an answer is missing or nothing decided.",
          }),
          error: GradingErrorSchema.nullable(),
        })
        .openapi("AnswerScore", { example: exampleAnswer }),
    ),
  })
  .openapi("AnswerScores", { example: exampleAnswers });

const exampleVote = {
  pseudoLabel: "28",
  majorityShare: 0.5,
  withoutAnswer: 1,
  groups: [
    { answer: "28", count: 2, how: { string: 2 } },
    { answer: "30", count: 1, how: { string: 1 } },
  ],
  gradingErrors: {},
};

export const VoteScoresSchema = z
  .object({
    kind: z.literal("votes"),
    results: z.array(
      z
        .object({
          pseudoLabel: z.string().nullable(),
          majorityShare: z.number(),
          withoutAnswer: z.number().int(),
          groups: z.array(VoteGroupSchema),
          gradingErrors: GradingErrorsSchema,
        })
        .openapi("VoteScore", { example: exampleVote }),
    ),
  })
  .openapi("VoteScores", { example: { kind: "votes", results: [exampleVote] } });

const exampleChallengerScore = {
  questionId: "q_01JZX3T5N8Q4W2E6R7T9Y1V3F1",
  formatReward: 1,
  majorityShare: 0.7,
  uncertaintyReward: 0.6,
  repetitionPenalty: 0.25,
  clusterSize: 2,
  reward: 0.35,
};

export const ChallengerScoresSchema = z
  .object({
    kind: z.literal("challenger-batch"),
    results: z.array(
      z
        .object({
          questionId: z.string(),
          formatReward: z.number(),
          majorityShare: z.number().nullable(),
          uncertaintyReward: z
            .number()
            .openapi({ description: "1 - 2 |majorityShare - 1/2|, or the preset's variant." }),
          repetitionPenalty: z.number(),
          clusterSize: z.number().int().openapi({ description: "Of the question's cluster in this batch." }),
          reward: z.number(),
        })
        .openapi("ChallengerScore", { example: exampleChallengerScore }),
    ),
  })
  .openapi("ChallengerScores", { example: { kind: "challenger-batch", results: [exampleChallengerScore] } });

const exampleSolverScore = {
  solutionId: "sol_01JZX3T5N8Q4W2E6R7T9Y1V3E1",
  pseudoLabel: "28",
  rewards: [1, 0, 1],
  verdicts: ["string", "numeric", "numeric"],
};

export const SolverScoresSchema = z
  .object({
    kind: z.literal("solver-rollouts"),
    results: z.array(
      z
        .object({
          solutionId: z.string(),
          pseudoLabel: z.string().nullable(),
          rewards: z
            .array(z.number().nullable())
            .openapi({ description: "In sample order; null where the evaluator gave no verdict." }),
          verdicts: z.array(z.string().nullable()).openapi({
            description:
              "How each answer was graded against the pseudo-label, e.g. numeric, evaluator:accept or error:deadline-exceeded; null without an answer or a label.",
          }),
        })
        .openapi("SolverScore", { example: exampleSolverScore }),
    ),
  })
  .openapi("SolverScores", { example: { kind: "solver-rollouts", results: [exampleSolverScore] } });

export const ScoresSchema = z
  .discriminatedUnion("kind", [AnswerScoresSchema, VoteScoresSchema, ChallengerScoresSchema, SolverScoresSchema])
  .openapi("Scores", { description: "Results in the order of the request.", example: exampleAnswers });
