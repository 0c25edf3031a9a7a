/** What a checkpoint remembers of how it was made: flat numbers. */
import type { EvaluationSummary, StepMetrics } from "../records/records.ts";

/** Of the last step before it. */
export function checkpointFields({ reward, kl, entropy, gradNorm }: StepMetrics): Record<string, number> {
  return { reward, kl, entropy, gradNorm };
}

/** Of its held-out evaluation. */
export function evaluationFields(evaluation: EvaluationSummary): Record<string, number> {
  return {
    meanAtK: evaluation.meanAtK.value,
    majAtK: evaluation.majAtK.value,
    passAtK: evaluation.passAtK.value,
    greedy: evaluation.greedy.value,
    k: evaluation.k,
    questions: evaluation.questions,
  };
}
