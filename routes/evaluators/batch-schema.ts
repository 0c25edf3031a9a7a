/** What is posted to an evaluator, and what it answers: from these, generators make an evaluator's server. */
import { z } from "@hono/zod-openapi";
import type { GateItem, GraderItem, JudgeItem, VerifierItem } from "../../src/evaluators/ports.ts";
import { DigestSchema } from "../wire/field-schemas.ts";

const item = { id: z.string().openapi({ description: 'In this batch: "0", "1", ...', example: "0" }) };
type Sent<Item> = { readonly id: string } & Item;

const exampleGrading: Sent<GraderItem> = {
  id: "0",
  question: "12+18-2",
  pseudoLabel: "28",
  answers: ["28"],
  completions: ["30-2 = \\boxed{28}"],
};
const exampleVerifying: Sent<VerifierItem> = { ...exampleGrading, majorityShare: 0.8 };
const exampleJudging: Sent<JudgeItem> = { id: "0", question: "12+18-2", reference: "28", answer: "28.0" };
const checkpoint = (id: string) => ({ id, digest: `sha256:${"9f86d081884c7d65".repeat(4)}` });
const exampleGating: Sent<GateItem> = {
  id: "0",
  challenger: checkpoint("ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B6"),
  solver: checkpoint("ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B7"),
  metrics: { kept: 120 },
};

const graded = {
  ...item,
  question: z.string(),
  pseudoLabel: z.string().openapi({ description: "The Solver's majority answer." }),
  answers: z.array(z.string().nullable()).openapi({ description: "As extracted; null where a completion holds none." }),
  completions: z.array(z.string()).openapi({ description: "The whole texts, in the order of `answers`." }),
};

export const GraderItemSchema = z
  .object(graded)
  .openapi("GraderItem", { description: "One completion. Is it right?", example: exampleGrading });

export const VerifierItemSchema = z.object({ ...graded, majorityShare: z.number() }).openapi("VerifierItem", {
  description: "One question with all answers to it. May the Solver be trained on this pseudo-label?",
  example: exampleVerifying,
});

export const JudgeItemSchema = z
  .object({ ...item, question: z.string(), reference: z.string(), answer: z.string() })
  .openapi("JudgeItem", {
    description: "Does the answer mean what the reference means? accept: it does.",
    example: exampleJudging,
  });

const CheckpointShownSchema = z
  .object({ id: z.string(), digest: DigestSchema })
  .openapi("CheckpointShown", { example: exampleGating.solver });

export const GateItemSchema = z
  .object({
    ...item,
    challenger: CheckpointShownSchema,
    solver: CheckpointShownSchema,
    metrics: z.record(z.string(), z.unknown()).openapi({ description: "What the iteration measured." }),
  })
  .openapi("GateItem", { description: "May the run go on from these checkpoints?", example: exampleGating });

const nowhere = { run: null, iterationId: null, iteration: null };

/** A batch of one kind of item. */
const batch = <K extends string, T extends z.ZodType>(kind: K, name: string, items: T, example: object) =>
  z
    .object({
      type: z.literal(`evaluator.${kind}`),
      run: z.string().nullable().openapi({ description: "null where no run asks." }),
      iterationId: z.string().nullable(),
      iteration: z.number().int().nullable().openapi({ description: "1, 2, ... of the run; null outside iterations." }),
      items: z.array(items).min(1),
    })
    .openapi(name, { example: { type: `evaluator.${kind}`, ...nowhere, items: [example] } });

export const EvaluatorBatchSchema = z
  .discriminatedUnion("type", [
    batch("grader", "GraderBatch", GraderItemSchema, exampleGrading),
    batch("verifier", "VerifierBatch", VerifierItemSchema, exampleVerifying),
    batch("judge", "JudgeBatch", JudgeItemSchema, exampleJudging),
    batch("gate", "GateBatch", GateItemSchema, exampleGating),
  ])
  .openapi("EvaluatorBatch", {
    description: "Posted to an evaluator, signed as Standard Webhooks says; `type` is that of its kind.",
    example: { type: "evaluator.judge", ...nowhere, items: [exampleJudging] },
  });

const exampleAnswer = { id: "0", verdict: "accept" as const, score: 1, reasons: ["28.0 is 28"] };

export const EvaluatorAnswerSchema = z
  .object({
    items: z.array(
      z
        .object({
          id: z.string().openapi({ description: "Of the item it is about." }),
          verdict: z.enum(["accept", "refuse"]),
          score: z.number().min(0).max(1),
          reasons: z.array(z.string()).openapi({ description: "The first 20 are kept." }),
        })
        .openapi("EvaluatorAnswerItem", { example: exampleAnswer }),
    ),
  })
  .openapi("EvaluatorAnswer", {
    description: "One for each item of the batch, in any order. One that does not fit spoils the whole answer.",
    example: { items: [exampleAnswer] },
  });
