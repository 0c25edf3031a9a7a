/** Evaluators on the wire. */
import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { Evaluator, EvaluatorKind } from "../../src/records/evaluator.ts";
import type { EvaluatorWithSecret } from "../../src/training/services.ts";
import { TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

const KINDS = ["grader", "verifier", "judge", "gate"] as const satisfies EvaluatorKind[];

export const EvaluatorKindSchema = z.enum(KINDS).openapi("EvaluatorKind", {
  description:
    "`grader`: replaces the answer check. `verifier`: confirms or vetoes pseudo-labels. `judge`: a second opinion in " +
    "evaluations. `gate`: accepts or refuses an iteration's checkpoints.",
  example: "verifier",
});

const UrlSchema = z.string().min(1).max(2048).openapi({
  description: "http or https, to a public address; the service's operator can permit others.",
  example: "https://grader.example/verify",
});
const settings = {
  description: z.string().max(500),
  deadlineMs: z.int().min(100).max(600_000).openapi({ description: "Milliseconds one attempt may take." }),
  batchSize: z.int().min(1).max(1000).openapi({ description: "Items in one request; more are sent as several." }),
  maxConcurrent: z.int().min(1).max(64).openapi({ description: "Requests under way at once." }),
  attempts: z.int().min(1).max(10).openapi({ description: "At one request; pauses between them grow." }),
};

const exampleEvaluator = {
  id: "evr_01JZX3T5N8Q4W2E6R7T9Y1V3K1",
  kind: "verifier" as const,
  url: "https://grader.example/verify",
  version: 1,
  description: "a second solver",
  deadlineMs: 30_000,
  batchSize: 64,
  maxConcurrent: 4,
  attempts: 4,
  createdAt: "2026-08-22T09:30:00.000Z",
};

export const EvaluatorSchema = z
  .object({
    id: z.string(),
    kind: EvaluatorKindSchema,
    url: z.string(),
    version: z.number().int().openapi({
      description:
        "One more with every change of the URL or the secret: what an earlier version said is not taken for its words.",
    }),
    ...settings,
    createdAt: TimestampSchema,
  })
  .openapi("Evaluator", { example: exampleEvaluator });

export const EvaluatorPageSchema = pageSchema("EvaluatorPage", EvaluatorSchema, exampleEvaluator);

export const EvaluatorWithSecretSchema = z
  .object({
    evaluator: EvaluatorSchema,
    secret: z.string().openapi({
      description: "Signs every batch as Standard Webhooks says. Shown here and never again.",
      example: `whsec_${"A".repeat(43)}=`,
    }),
  })
  .openapi("EvaluatorWithSecret", { example: { evaluator: exampleEvaluator, secret: `whsec_${"A".repeat(43)}=` } });

const changeable = {
  description: settings.description.optional(),
  deadlineMs: settings.deadlineMs.optional(),
  batchSize: settings.batchSize.optional(),
  maxConcurrent: settings.maxConcurrent.optional(),
  attempts: settings.attempts.optional(),
};

export const EvaluatorCreateSchema = z
  .strictObject({ kind: EvaluatorKindSchema, url: UrlSchema, ...changeable })
  .openapi("EvaluatorCreate", { example: { kind: "verifier", url: "https://grader.example/verify" } });

export const EvaluatorUpdateSchema = z
  .strictObject({ url: UrlSchema.optional(), ...changeable })
  .openapi("EvaluatorUpdate", { description: "Changes what is given.", example: { deadlineMs: 60_000 } });

export function evaluatorView(evaluator: Evaluator): z.infer<typeof EvaluatorSchema> {
  return {
    id: evaluator.id,
    kind: evaluator.kind,
    url: evaluator.url,
    version: evaluator.version,
    description: evaluator.description,
    deadlineMs: evaluator.deadlineMs,
    batchSize: evaluator.batchSize,
    maxConcurrent: evaluator.maxConcurrent,
    attempts: evaluator.attempts,
    createdAt: evaluator.createdAt,
  };
}

export function evaluatorWithSecretView({
  evaluator,
  secret,
}: EvaluatorWithSecret): z.infer<typeof EvaluatorWithSecretSchema> {
  return { evaluator: evaluatorView(evaluator), secret };
}

export function evaluatorTag(evaluator: Evaluator): string {
  return `"${createHash("sha256")
    .update(JSON.stringify(evaluatorView(evaluator)))
    .digest("hex")
    .slice(0, 32)}"`;
}
