/** Questions on the wire. */
import { z } from "@hono/zod-openapi";
import type { Question, QuestionState } from "../../src/records/records.ts";
import { VerificationSchema, verificationView } from "../evaluators/verdict-schema.ts";
import { exampleOperation, OperationSchema } from "../operations/operation-schema.ts";
import { idSchema, nullable, PhaseKindSchema, SeedSchema, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

const states = [
  "proposed",
  "malformed",
  "duplicate",
  "outside-band",
  "disputed",
  "vetoed",
  "unverified",
  "kept",
] as const satisfies QuestionState[];

export const QuestionStateSchema = z.enum(states).openapi("QuestionState", {
  description: [
    "`proposed`: not yet judged. `malformed`: no question block or no boxed answer. `duplicate`: seen before.",
    "`outside-band`: voted on, too easy or too hard. `kept`: in the curriculum.",
    "`disputed`: what is left of it after its first steps has another answer.",
    "`vetoed`: an evaluator refused the pseudo-label. `unverified`: it was asked and gave no verdict.",
  ].join(" "),
  example: "kept",
});

export const exampleQuestion = {
  id: "q_01JZX3T5N8Q4W2E6R7T9Y1V3F1",
  runId: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
  iterationId: "iter_01JZX3T5N8Q4W2E6R7T9Y1V3B9",
  phaseKind: "pool" as const,
  source: "challenger" as const,
  state: "kept" as const,
  text: "12+18-2",
  proposedAnswer: "28",
  rolloutId: "roll_01JZX3T5N8Q4W2E6R7T9Y1V3F2",
  pseudoLabel: "28",
  majorityShare: 0.7,
  labelCorrect: true,
  verification: null,
  decomposition: null,
  createdAt: "2026-08-22T09:30:03.000Z",
};

const LookSchema = z
  .object({
    question: z.string().openapi({ description: "What is left of it; first, where the base looked, the question." }),
    label: z.string().nullable().openapi({ description: "The majority's answer to that." }),
    share: z.number().openapi({ description: "Its share of the votes." }),
  })
  .openapi("Look", { example: { question: "30-2", label: "28", share: 0.9 } });

const DecompositionSchema = z
  .object({
    outcome: z.enum(["confirmed", "corrected", "disputed", "torn"]),
    looks: z.array(LookSchema),
  })
  .openapi("Decomposition", {
    description:
      "Votes on what is left of the question with its first step done, then with its second: do they have the answer of the votes on the question?",
    example: { outcome: "confirmed", looks: [{ question: "30-2", label: "28", share: 0.9 }] },
  });

export const QuestionSchema = z
  .object({
    id: z.string(),
    runId: z.string(),
    iterationId: z.string().nullable(),
    phaseKind: nullable(PhaseKindSchema),
    source: z.enum(["challenger", "submitted"]),
    state: QuestionStateSchema,
    text: z.string().openapi({ description: "The question; for a malformed proposal, what was written instead." }),
    proposedAnswer: z.string().nullable().openapi({ description: "What the Challenger boxed." }),
    rolloutId: z.string().nullable(),
    pseudoLabel: z.string().nullable().openapi({ description: "The Solver's majority answer." }),
    majorityShare: z.number().nullable().openapi({ description: "Its share of the votes; agreement, not accuracy." }),
    labelCorrect: z
      .boolean()
      .nullable()
      .openapi({ description: "By the domain's oracle; measured, never trained on." }),
    verification: nullable(VerificationSchema),
    decomposition: nullable(DecompositionSchema),
    createdAt: TimestampSchema,
  })
  .openapi("Question", { example: exampleQuestion });

export const QuestionPageSchema = pageSchema("QuestionPage", QuestionSchema, exampleQuestion);

export const QuestionLinesSchema = z.string().openapi("QuestionLines", {
  description:
    "A JSON object a line: problem, answer (the pseudo-label), score (its majority share), id, run, iteration, state, " +
    "source, createdAt.",
  example: `${JSON.stringify({
    problem: exampleQuestion.text,
    answer: exampleQuestion.pseudoLabel,
    score: exampleQuestion.majorityShare,
    id: exampleQuestion.id,
    run: exampleQuestion.runId,
    iteration: exampleQuestion.iterationId,
    state: exampleQuestion.state,
    source: exampleQuestion.source,
    createdAt: exampleQuestion.createdAt,
  })}\n`,
});

export const QuestionParquetSchema = z.string().openapi("QuestionParquet", {
  format: "binary",
  description: "The columns of QuestionLines as Apache Parquet.",
  example: "PAR1",
});

export const QuestionsProposeSchema = z
  .strictObject({
    kind: z.literal("propose"),
    run: idSchema("run"),
    count: z.int().min(1).max(1000),
    seed: SeedSchema.optional(),
  })
  .openapi("QuestionsPropose", {
    description: "The run's Challenger writes `count` questions.",
    example: { kind: "propose", run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5", count: 8, seed: 7 },
  });

export const QuestionsSubmitSchema = z
  .strictObject({
    kind: z.literal("submit"),
    run: idSchema("run"),
    questions: z.array(z.string().min(1).max(16_384)).min(1).max(1000),
  })
  .openapi("QuestionsSubmit", {
    description: "Stores questions of your own.",
    example: { kind: "submit", run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5", questions: ["12+18-2"] },
  });

export const QuestionsCreateSchema = z
  .discriminatedUnion("kind", [QuestionsProposeSchema, QuestionsSubmitSchema])
  .openapi("QuestionsCreate", {
    example: { kind: "propose", run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5", count: 8 },
  });

export const QuestionsCreatedSchema = z
  .object({
    operation: nullable(OperationSchema).openapi({ description: "null for submitted questions." }),
    questions: z.array(QuestionSchema).openapi({ description: "Empty until the operation completed." }),
  })
  .openapi("QuestionsCreated", {
    example: { operation: { ...exampleOperation, kind: "questions" }, questions: [exampleQuestion] },
  });

export function questionView(question: Question): z.infer<typeof QuestionSchema> {
  return {
    id: question.id,
    runId: question.runId,
    iterationId: question.iterationId,
    phaseKind: question.phaseKind,
    source: question.source,
    state: question.state,
    text: question.text,
    proposedAnswer: question.proposedAnswer,
    rolloutId: question.rolloutId,
    pseudoLabel: question.pseudoLabel,
    majorityShare: question.majorityShare,
    labelCorrect: question.labelCorrect,
    verification: question.verification === null ? null : verificationView(question.verification),
    decomposition:
      question.decomposition === null
        ? null
        : { ...question.decomposition, looks: question.decomposition.looks.map((look) => ({ ...look })) },
    createdAt: question.createdAt,
  };
}
