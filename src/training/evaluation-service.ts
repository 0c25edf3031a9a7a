/** Evaluations: asked for, listed, read question by question, and compared. */
import { BenchmarkError } from "../evaluation/benchmark.ts";
import { compareEvaluations } from "../evaluation/compare-evaluations.ts";
import { meanAtK } from "../evaluation/metrics.ts";
import type { Comparison, Evaluation, EvaluationSettings } from "../records/evaluations.ts";
import { seededRandom } from "../rzero/seeds.ts";
import { type Environment, freshSeed, timestamp } from "./environment.ts";
import { chooseJudge } from "./find-judge.ts";
import type { OperationQueue } from "./operation-queue.ts";
import { type EvaluationService, type ModelService, type NewEvaluations, ServiceError } from "./services.ts";

export function createEvaluationService(
  environment: Environment,
  queue: OperationQueue,
  models: ModelService,
): EvaluationService {
  const { curriculum, benchmarks } = environment;
  const { benchmarkEvaluations } = curriculum;

  const runOf = (model: string): string | null =>
    /^(run_[^/]+)\//.exec(model)?.[1] ?? curriculum.checkpoints.find(model)?.runId ?? null;

  return {
    benchmarks: () => benchmarks.list(),
    start: async (request, attempt) => {
      const queued = queue.queuedBy(attempt);
      if (queued !== null) return { operation: queued, evaluations: benchmarkEvaluations.ofOperation(queued.id) };
      const judge = chooseJudge(environment, request.judge);
      const { name } = (await environment.policy.get()).model;
      const { id: model, digest } = models.get(request.model ?? name);
      const seed = request.seed ?? freshSeed(environment);
      const planned = await Promise.all(
        request.benchmarks.map(async (benchmark, index) => ({
          benchmark,
          settings: { ...(await settingsOf(benchmark, request, `benchmarks.${index}`)), judge },
        })),
      );
      const runId = runOf(model);
      const operation = queue.submit({
        kind: "evaluations",
        runId,
        request: { ...request, model, seed },
        attempt,
        prepare: (operationId) =>
          planned.map(({ benchmark, settings }) => {
            const id = curriculum.makeId("evaluation");
            benchmarkEvaluations.insert({
              id,
              operationId,
              runId,
              benchmark,
              model,
              weights: digest,
              seed,
              settings,
              itemsDigest: null,
              items: null,
              state: "queued",
              summary: null,
              error: null,
              createdAt: timestamp(environment),
              startedAt: null,
              finishedAt: null,
            });
            return id;
          }),
      });
      return { operation, evaluations: benchmarkEvaluations.ofOperation(operation.id) };
    },
    list: (page, filter) => benchmarkEvaluations.list(page, filter),
    get: (id) => benchmarkEvaluations.get(id),
    finished: (id) => benchmarkEvaluations.countResults(id),
    results: (id, page, filter) => {
      benchmarkEvaluations.get(id);
      return benchmarkEvaluations.results(id, page, filter);
    },
    compare: async ({ a, b, metric, seed = 0 }) => {
      const left = completed("a", a);
      const right = completed("b", b);
      if (left.itemsDigest !== right.itemsDigest) {
        throw new ServiceError("invalid-value", `${a} and ${b} did not answer the same items`, {
          field: "b",
          value: b,
        });
      }
      const chosen = metric ?? (left.settings.greedy && right.settings.greedy ? "greedy" : "meanAtK");
      const [before, after] = [await values("a", left, chosen), await values("b", right, chosen)];
      return compareEvaluations(chosen, before, after, seededRandom(seed));
    },
  };

  async function settingsOf(
    benchmark: string,
    request: NewEvaluations,
    field: string,
  ): Promise<Omit<EvaluationSettings, "judge">> {
    const {
      metric,
      samples: standard,
      maxTokens,
    } = await benchmarks.find(benchmark).catch((error: unknown) => {
      if (!(error instanceof BenchmarkError)) throw error;
      throw new ServiceError("invalid-value", error.message, { field, value: benchmark, cause: error });
    });
    const samples = request.samples ?? standard;
    const greedy = request.greedy ?? (metric === "greedy" || samples === 0);
    const k = request.k ?? samples;
    if (samples === 0 && !greedy) {
      throw new ServiceError("invalid-value", "nothing would be answered: samples is 0 and greedy is false", {
        field: "samples",
        value: samples,
      });
    }
    if (k > samples) {
      throw new ServiceError("invalid-value", `k is ${k}; expected at most ${samples}, the number of samples`, {
        field: "k",
        value: k,
      });
    }
    const { temperature = 1, topP = 1, topK = 0, minP = 0 } = request.sampling ?? {};
    return {
      samples,
      k,
      greedy,
      limit: request.limit ?? null,
      sampling: { temperature, topP, topK, minP, maxTokens: request.sampling?.maxTokens ?? maxTokens },
    };
  }

  function completed(field: "a" | "b", id: string): Evaluation {
    const evaluation = benchmarkEvaluations.find(id);
    if (evaluation === null) {
      throw new ServiceError("not-found", `there is no evaluation ${JSON.stringify(id)}`, { field, value: id });
    }
    if (evaluation.state === "completed") return evaluation;
    throw new ServiceError("conflict", `evaluation ${id} is ${evaluation.state}`, { field, value: id });
  }

  /** [items] */
  async function values(
    field: "a" | "b",
    { id, settings }: Evaluation,
    metric: Comparison["metric"],
  ): Promise<readonly number[]> {
    if (metric === "greedy" ? !settings.greedy : settings.samples === 0) {
      throw new ServiceError("invalid-value", `evaluation ${id} has no ${metric}`, { field, value: id });
    }
    const found: number[] = [];
    for await (const some of benchmarkEvaluations.everyResult(id)) {
      for (const { samples, greedy } of some) {
        found.push(metric === "greedy" ? Number(greedy!.correct) : meanAtK(samples.map(({ correct }) => correct)));
      }
    }
    return found;
  }
}
