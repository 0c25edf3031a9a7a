/** Iterations: queued, listed, and read step by step. */
import type { Iteration } from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";
import type { OperationQueue } from "./operation-queue.ts";
import { draftRun } from "./run-service.ts";
import { type IterationService, ServiceError } from "./services.ts";

const MAX_COUNT = 1000;

export function createIterationService(environment: Environment, queue: OperationQueue): IterationService {
  const { iterations, runs, makeId, transaction } = environment.curriculum;
  return {
    start: async ({ run: runId, count = 1 }, attempt) => {
      const queued = queue.queuedBy(attempt);
      if (queued !== null) return { operation: queued, iterations: iterations.ofOperation(queued.id) };
      if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
        throw new ServiceError("invalid-value", `count is ${count}; expected an integer from 1 to ${MAX_COUNT}`, {
          field: "count",
          value: count,
        });
      }
      const run = runId === undefined ? await draftRun(environment, {}) : runs.get(runId);
      const operation = transaction(() => {
        // With its iterations or not at all: a full queue leaves no empty run behind.
        if (runId === undefined) runs.insert(run);
        return queue.submit({
          kind: "iterations",
          runId: run.id,
          request: { run: run.id, count },
          attempt,
          prepare: (operationId) => {
            const first = iterations.nextNumber(run.id);
            return Array.from({ length: count }, (_, index) => {
              const iteration = newIteration(run.id, operationId, first + index);
              iterations.insert(iteration);
              return iteration.id;
            });
          },
        });
      });
      return { operation, iterations: iterations.ofOperation(operation.id) };
    },
    list: (page, filter) => iterations.list(page, filter),
    get: (id) => iterations.get(id),
    steps: (id) => {
      iterations.get(id);
      return environment.curriculum.steps.ofIteration(id);
    },
  };

  function newIteration(runId: string, operationId: string, number: number): Iteration {
    return {
      id: makeId("iteration"),
      runId,
      number,
      state: "queued",
      operationId,
      createdAt: timestamp(environment),
      startedAt: null,
      finishedAt: null,
      seconds: null,
      challengerFrom: null,
      challengerTo: null,
      solverFrom: null,
      solverTo: null,
      metrics: null,
      gate: null,
      error: null,
    };
  }
}
