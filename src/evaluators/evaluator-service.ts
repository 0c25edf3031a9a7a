/** Evaluators: registered, tried out, and what each was asked and said. */
import { newSecret, rotated } from "../outbound/signature.ts";
import type { Evaluator, EvaluatorKind } from "../records/evaluator.ts";
import type { Environment } from "../training/environment.ts";
import { timestamp } from "../training/environment.ts";
import { type EvaluatorService, ServiceError } from "../training/services.ts";
import type { HttpEvaluators } from "./http-evaluators.ts";
import type { ItemOf } from "./ports.ts";

const MAX_EVALUATORS = 100;
const USUAL_LIMITS = { deadlineMs: 30_000, batchSize: 64, maxConcurrent: 4, attempts: 4 } as const;
/** Whoever tests waits for the answer; a request is not held longer than this. */
const TEST_MS = 60_000;

export function createEvaluatorService(environment: Environment, http: HttpEvaluators): EvaluatorService {
  const { curriculum, outbound } = environment;
  const { evaluators } = curriculum;
  const withSecret = (id: string) => ({ evaluator: evaluators.get(id), secret: evaluators.secretsOf(id)[0]!.secret });
  const refuseTarget = (url: string) => {
    const refusal = outbound.refusal(url);
    if (refusal === null) return;
    throw new ServiceError("invalid-value", `batches cannot be sent to this URL: ${refusal}`, { field: "url" });
  };

  return {
    create: ({ description = "", ...request }, attempt) => {
      const [made] = attempt?.made ?? [];
      if (made !== undefined) return withSecret(made);
      refuseTarget(request.url);
      const id = curriculum.makeId("evaluator");
      curriculum.transaction(() => {
        if (evaluators.count() >= MAX_EVALUATORS) {
          throw new ServiceError("conflict", `there are ${MAX_EVALUATORS} evaluators already; delete one`);
        }
        const evaluator: Evaluator = {
          id,
          version: 1,
          description,
          ...USUAL_LIMITS,
          ...request,
          createdAt: timestamp(environment),
        };
        evaluators.insert(evaluator, [{ secret: newSecret(), expiresAt: null }]);
        attempt?.note([id]);
      });
      return withSecret(id);
    },
    list: (page, filter) => evaluators.list(page, filter),
    get: (id) => evaluators.get(id),
    update: (id, change) => {
      const { id: _id, kind: _kind, createdAt: _createdAt, ...current } = evaluators.get(id);
      const { url = current.url } = change;
      if (change.url !== undefined) refuseTarget(url);
      // Another URL is another judge of things: what the last one said is not recalled as its words.
      const version = current.version + Number(url !== current.url);
      return evaluators.update(id, { ...current, ...change, version });
    },
    delete: (id) => {
      // A run without work may be given some tomorrow, and would then fail at the first question it has.
      refuseWhereNamed(id, "runs", curriculum.runs.naming(id));
      refuseWhereNamed(id, "unfinished evaluations", curriculum.benchmarkEvaluations.unfinishedJudgedBy(id));
      evaluators.delete(id);
    },
    rotateSecret: (id) => {
      evaluators.setSecrets(id, rotated(evaluators.secretsOf(id), environment.now()));
      return withSecret(id);
    },
    test: (id, signal) => {
      const evaluator = evaluators.get(id);
      const origin = { runId: null, iterationId: null, iteration: null };
      // Once: whoever tests wants to see this attempt.
      const once = { ...evaluator, attempts: 1, deadlineMs: Math.min(evaluator.deadlineMs, TEST_MS) };
      const end = AbortSignal.any([AbortSignal.timeout(2 * TEST_MS), ...(signal === undefined ? [] : [signal])]);
      return http.call(once, [SAMPLES[evaluator.kind]], origin, end);
    },
    calls: (page, filter) => evaluators.listCalls(page, filter),
    call: (id) => evaluators.getCall(id),
  };
}

function refuseWhereNamed(id: string, who: string, ids: readonly string[]): void {
  if (ids.length === 0) return;
  throw new ServiceError("conflict", `evaluator ${id} is named by ${who}, which would miss it: ${ids.join(", ")}`, {
    value: ids,
  });
}

const grading = { question: "12+18-2", pseudoLabel: "28", answers: ["28"], completions: ["30-2 = \\boxed{28}"] };
const checkpoint = (role: string) => ({ id: `ckpt_of_the_${role}`, digest: `sha256:${"0".repeat(64)}` });

/** One made-up item of each kind. */
const SAMPLES: ItemOf & Record<EvaluatorKind, object> = {
  grader: grading,
  verifier: { ...grading, majorityShare: 1 },
  judge: { question: "12+18-2", reference: "28", answer: "28" },
  gate: { challenger: checkpoint("challenger"), solver: checkpoint("solver"), metrics: {} },
};
