/** A registered evaluator as judge: accepting an answer is calling it equivalent to the reference. */
import type { Ask, JudgeItem } from "../evaluators/ports.ts";
import type { JudgeErrorCode } from "../records/evaluations.ts";
import type { Evaluator, EvaluatorErrorCode } from "../records/evaluator.ts";
import type { Judge } from "./judge.ts";

const ERRORS = {
  "evaluator-unreachable": "unreachable",
  "evaluator-timed-out": "timed-out",
  "evaluator-refused": "refused",
  "evaluator-answer-invalid": "unreadable",
  "evaluator-circuit-open": "circuit-open",
} as const satisfies Record<EvaluatorErrorCode, JudgeErrorCode>;

/** `runId`: whose evaluation it is; each batch is recorded with it. */
export function evaluatorJudge(
  { id, version }: Pick<Evaluator, "id" | "version">,
  ask: Ask<JudgeItem>,
  runId: string | null,
): Judge {
  return {
    name: `${id} ${version}`,
    judge: async (cases, signal) => {
      const items = cases.map(({ question, reference, answer }) => ({ question, reference, answer }));
      const results = await ask(items, { runId, iterationId: null, iteration: null }, signal);
      return results.map((result) =>
        "error" in result
          ? { error: ERRORS[result.error.code], message: result.error.message }
          : { equivalent: result.verdict === "accept", score: result.score, reasons: result.reasons },
      );
    },
  };
}
