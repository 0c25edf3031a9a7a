/** Judges of evaluations: who is asked where a request says so. */
import { evaluatorJudge } from "../evaluation/evaluator-judge.ts";
import { type Judge, rememberingJudge } from "../evaluation/judge.ts";
import type { JudgeChoice } from "../records/evaluations.ts";
import type { Environment } from "./environment.ts";
import { requireEvaluator } from "./find-evaluator.ts";
import { type NewEvaluations, ServiceError } from "./services.ts";

/** Null for no judge. Throws `invalid-value` where there is no such evaluator, or no endpoint is configured. */
export function chooseJudge(environment: Environment, asked: NewEvaluations["judge"]): JudgeChoice | null {
  if (asked === undefined || asked === false) return null;
  if (asked !== true && "evaluator" in asked) {
    requireEvaluator(environment, "judge", asked.evaluator, "judge.evaluator");
    return { evaluator: asked.evaluator };
  }
  if (environment.judge === null) throw new ServiceError("invalid-value", NO_JUDGE, { field: "judge", value: asked });
  return { model: asked === true ? environment.judge.model : asked.model };
}

/**
 * It remembers what it said, by content. Throws `conflict` where the endpoint is configured no longer, CurriculumError
 * `not-found` where the evaluator is gone.
 */
export function judgeOf(environment: Environment, choice: JudgeChoice, runId: string | null): Judge {
  const { curriculum, evaluators, judge: endpoint } = environment;
  const remembering = (judge: Judge) => rememberingJudge(judge, curriculum.judgeVerdicts);
  if ("evaluator" in choice) {
    const { evaluator: id } = choice;
    return remembering(evaluatorJudge(curriculum.evaluators.get(id), evaluators.ask("judge", id), runId));
  }
  if (endpoint === null) throw new ServiceError("conflict", NO_JUDGE);
  return remembering(endpoint.judge(choice.model ?? endpoint.model));
}

const NO_JUDGE =
  "no endpoint of a judge is configured: set RZERO_JUDGE_URL and RZERO_JUDGE_MODEL, or name an evaluator of the kind judge";
