/** Verdicts of evaluators on the wire. */
import { z } from "@hono/zod-openapi";
import type { EvaluatorErrorCode, GateDecision, Verification } from "../../src/records/evaluator.ts";
import { nullable } from "../wire/field-schemas.ts";

const ERRORS = [
  "evaluator-unreachable",
  "evaluator-timed-out",
  "evaluator-refused",
  "evaluator-answer-invalid",
  "evaluator-circuit-open",
] as const satisfies EvaluatorErrorCode[];

export const EvaluatorErrorSchema = z.object({ code: z.enum(ERRORS), message: z.string() }).openapi("EvaluatorError", {
  description: "Why there is no verdict.",
  example: { code: "evaluator-timed-out", message: "the evaluator did not answer within 30000 ms" },
});

const verdict = z.enum(["accept", "refuse"]);
const score = z.number().min(0).max(1);
const reasons = z.array(z.string());
const exampleVerdict = { verdict: "accept" as const, score: 1, reasons: ["12+18-2 is 28"] };

export const EvaluatorVerdictSchema = z
  .object({ verdict, score, reasons })
  .openapi("EvaluatorVerdict", { example: exampleVerdict });

export const VerificationSchema = z
  .object({
    evaluatorId: z.string(),
    verdict: verdict.nullable(),
    score: score.nullable(),
    reasons,
    error: nullable(EvaluatorErrorSchema),
  })
  .openapi("Verification", {
    description: "What the run's verifier said of the pseudo-label.",
    example: { evaluatorId: "evr_01JZX3T5N8Q4W2E6R7T9Y1V3K1", ...exampleVerdict, error: null },
  });

export const GateDecisionSchema = z
  .object({
    evaluatorId: z.string(),
    accepted: z.boolean().openapi({ description: "false: both roles stay where they were before the iteration." }),
    score: score.nullable(),
    reasons,
    error: nullable(EvaluatorErrorSchema),
    challenger: z.string().openapi({ description: "The checkpoint that was judged." }),
    solver: z.string().openapi({ description: "The checkpoint that was judged." }),
  })
  .openapi("GateDecision", {
    description: "What the run's gate said of the iteration's checkpoints.",
    example: {
      evaluatorId: "evr_01JZX3T5N8Q4W2E6R7T9Y1V3K1",
      accepted: false,
      score: 0.2,
      reasons: ["accuracy fell by 3 points"],
      error: null,
      challenger: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B6",
      solver: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B7",
    },
  });

export function verificationView(verification: Verification): z.infer<typeof VerificationSchema> {
  const { evaluatorId } = verification;
  if ("error" in verification) {
    return { evaluatorId, verdict: null, score: null, reasons: [], error: { ...verification.error } };
  }
  return {
    evaluatorId,
    verdict: verification.verdict,
    score: verification.score,
    reasons: [...verification.reasons],
    error: null,
  };
}

export function gateView({ reasons: given, error, ...gate }: GateDecision): z.infer<typeof GateDecisionSchema> {
  return {
    evaluatorId: gate.evaluatorId,
    accepted: gate.accepted,
    score: gate.score,
    reasons: [...given],
    error: error === null ? null : { code: error.code, message: error.message },
    challenger: gate.challenger,
    solver: gate.solver,
  };
}
