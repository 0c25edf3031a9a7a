/** Solutions on the wire: the Solver's answers to one question, and their votes. */
import { z } from "@hono/zod-openapi";
import type { Solution, VoteGroup } from "../../src/records/records.ts";
import { exampleOperation, OperationSchema } from "../operations/operation-schema.ts";
import { DigestSchema, idSchema, SeedSchema, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

export const VoteGroupSchema = z
  .object({
    answer: z.string(),
    count: z.number().int(),
    how: z
      .record(z.string(), z.number().int())
      .optional()
      .openapi({ description: "Its answers by how they were found to belong to it; absent in older records." }),
  })
  .openapi("VoteGroup", {
    description: "Equivalent answers.",
    example: { answer: "28", count: 7, how: { string: 6, numeric: 1 } },
  });

export const GradingErrorsSchema = z
  .record(z.string(), z.number().int())
  .openapi({ description: "Comparisons that came to no verdict, by code; such answers were not joined." });

const exampleSolution = {
  id: "sol_01JZX3T5N8Q4W2E6R7T9Y1V3E1",
  runId: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
  questionId: "q_01JZX3T5N8Q4W2E6R7T9Y1V3F1",
  samples: 10,
  withoutAnswer: 1,
  groups: [
    { answer: "28", count: 7, how: { string: 6, numeric: 1 } },
    { answer: "30", count: 2, how: { string: 2 } },
  ],
  pseudoLabel: "28",
  majorityShare: 0.7,
  gradingErrors: {},
  weights: `sha256:${"9f86d081884c7d65".repeat(4)}`,
  policyVersion: 15,
  createdAt: "2026-08-22T09:30:04.000Z",
};

export const SolutionSchema = z
  .object({
    id: z.string(),
    runId: z.string(),
    questionId: z.string(),
    samples: z.number().int().openapi({ description: "m: how often the question was answered." }),
    withoutAnswer: z.number().int().openapi({ description: "Samples without an answer: no vote, but counted in m." }),
    groups: z.array(VoteGroupSchema),
    pseudoLabel: z.string().nullable().openapi({ description: "The largest group's answer; ties to the earliest." }),
    majorityShare: z.number().openapi({ description: "Its share of m; agreement, not accuracy." }),
    gradingErrors: GradingErrorsSchema.nullable(),
    weights: DigestSchema,
    policyVersion: z.number().int(),
    createdAt: TimestampSchema,
  })
  .openapi("Solution", { example: exampleSolution });

export const SolutionPageSchema = pageSchema("SolutionPage", SolutionSchema, exampleSolution);

export const SolutionsCreateSchema = z
  .strictObject({
    run: idSchema("run"),
    questions: z.array(idSchema("q")).min(1).max(1000).openapi({ description: "Ids of questions." }),
    samples: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .openapi({ description: "Answers per question; the run's m unless told." }),
    seed: SeedSchema.optional(),
  })
  .openapi("SolutionsCreate", {
    example: {
      run: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
      questions: ["q_01JZX3T5N8Q4W2E6R7T9Y1V3F1"],
      samples: 10,
    },
  });

export const SolutionsStartedSchema = z
  .object({
    operation: OperationSchema,
    solutions: z.array(SolutionSchema).openapi({ description: "Empty until the operation completed." }),
  })
  .openapi("SolutionsStarted", {
    example: { operation: { ...exampleOperation, kind: "solutions" }, solutions: [exampleSolution] },
  });

export function voteGroupView({ answer, count, how }: VoteGroup): z.infer<typeof VoteGroupSchema> {
  return how === undefined ? { answer, count } : { answer, count, how: { ...how } };
}

export function solutionView(solution: Solution): z.infer<typeof SolutionSchema> {
  return {
    id: solution.id,
    runId: solution.runId,
    questionId: solution.questionId,
    samples: solution.samples,
    withoutAnswer: solution.withoutAnswer,
    groups: solution.groups.map(voteGroupView),
    pseudoLabel: solution.pseudoLabel,
    majorityShare: solution.majorityShare,
    gradingErrors: solution.gradingErrors,
    weights: solution.weights,
    policyVersion: solution.policyVersion,
    createdAt: solution.createdAt,
  };
}
