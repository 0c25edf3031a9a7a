/** Evaluators by id, where a request names one. */
import type { EvaluatorKind } from "../records/evaluator.ts";
import type { Environment } from "./environment.ts";
import { ServiceError } from "./services.ts";

/** Throws ServiceError `invalid-value` naming `field` where there is none, or one of another kind. */
export function requireEvaluator(
  { curriculum }: Pick<Environment, "curriculum">,
  kind: EvaluatorKind,
  id: string,
  field: string,
): void {
  const evaluator = curriculum.evaluators.find(id);
  if (evaluator?.kind === kind) return;
  const why =
    evaluator === null ? `there is no evaluator ${JSON.stringify(id)}` : `${id} is a ${evaluator.kind}, not a ${kind}`;
  throw new ServiceError("invalid-value", why, { field, value: id });
}
