/** What came of an evaluation, on the wire. */
import { z } from "@hono/zod-openapi";
import type { BenchmarkSummary } from "../../src/records/evaluations.ts";
import { IntervalSchema } from "../runs/run-schema.ts";
import { nullable } from "../wire/field-schemas.ts";

const interval = { value: 0.61, low: 0.55, high: 0.67 };
const exampleAgreement = {
  judged: 870,
  errors: 0,
  bothRight: 540,
  onlyRule: 6,
  onlyJudge: 21,
  bothWrong: 303,
  agreement: 0.969,
  kappa: 0.933,
};

export const exampleBenchmarkSummary: BenchmarkSummary = {
  items: 100,
  samples: 8,
  k: 4,
  meanAtK: interval,
  majAtK: { value: 0.72, low: 0.63, high: 0.8 },
  passAtK: { value: 0.84, low: 0.78, high: 0.9 },
  greedy: { value: 0.81, low: 0.73, high: 0.88 },
  answers: { total: 900, truncated: 3, unparsed: 27, ungraded: 0, tokens: 18422 },
  skills: { chain: { items: 50, meanAtK: 0.58, greedy: 0.8 } },
  judge: { items: 100, meanAtK: interval, greedy: interval, agreement: exampleAgreement },
};

const AgreementSchema = z
  .object({
    judged: z.number().int().openapi({ description: "Answers with both verdicts." }),
    errors: z.number().int().openapi({ description: "Answers the judge gave no verdict on." }),
    bothRight: z.number().int(),
    onlyRule: z.number().int(),
    onlyJudge: z.number().int(),
    bothWrong: z.number().int(),
    agreement: z.number().nullable().openapi({ description: "Share of equal verdicts." }),
    kappa: z.number().nullable().openapi({ description: "Cohen's; null where it is not defined." }),
  })
  .openapi("Agreement", { description: "Rule against judge.", example: exampleAgreement });

const skillExample = { items: 50, meanAtK: 0.58, greedy: 0.8 };

export const BenchmarkSummarySchema = z
  .object({
    items: z.number().int(),
    samples: z.number().int(),
    k: z.number().int(),
    meanAtK: nullable(IntervalSchema).openapi({ description: "Share of right samples; null without samples." }),
    majAtK: nullable(IntervalSchema).openapi({ description: "Right majorities of the first k samples." }),
    passAtK: nullable(IntervalSchema).openapi({ description: "1 - C(n-c,k) / C(n,k), unbiased." }),
    greedy: nullable(IntervalSchema),
    answers: z
      .object({
        total: z.number().int(),
        truncated: z.number().int().openapi({ description: "Ended by the length." }),
        unparsed: z.number().int().openapi({ description: "Ended by the model, without an answer: wrong." }),
        ungraded: z.number().int().openapi({ description: "The rule came to no verdict: counted wrong." }),
        tokens: z.number().int(),
      })
      .openapi("AnswerCounts", { example: exampleBenchmarkSummary.answers }),
    skills: z.record(
      z.string(),
      z
        .object({ items: z.number().int(), meanAtK: z.number().nullable(), greedy: z.number().nullable() })
        .openapi("BenchmarkSkill", { example: skillExample }),
    ),
    judge: nullable(
      z
        .object({
          items: z.number().int().openapi({ description: "Items it judged whole." }),
          meanAtK: nullable(IntervalSchema),
          greedy: nullable(IntervalSchema),
          agreement: AgreementSchema,
        })
        .openapi("JudgeSummary", {
          description: "The metrics by the judge's verdicts alone.",
          example: exampleBenchmarkSummary.judge,
        }),
    ),
  })
  .openapi("BenchmarkSummary", { example: exampleBenchmarkSummary });

export function benchmarkSummaryView(summary: BenchmarkSummary): z.infer<typeof BenchmarkSummarySchema> {
  const { items, samples, k, meanAtK, majAtK, passAtK, greedy, answers, skills, judge } = summary;
  return {
    items,
    samples,
    k,
    meanAtK,
    majAtK,
    passAtK,
    greedy,
    answers: { ...answers },
    skills: Object.fromEntries(Object.entries(skills).map(([skill, own]) => [skill, { ...own }])),
    judge: judge && { ...judge, agreement: { ...judge.agreement } },
  };
}
