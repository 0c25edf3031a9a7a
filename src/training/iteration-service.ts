/** Iterations: queued, listed, and read step by step. */
import type { Iteration } from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";
import type { OperationQueue } from "./operation-queue.ts";
import { type IterationService, type RunService, ServiceError } from "./services.ts";

const MAX_COUNT = 1000;

export function createIterationService(
  environment: Environment,
  queue: OperationQueue,
  runs: Pick<RunService, "create" | "get">,
): IterationService {
  const { iterations, makeId } = environment.curriculum;
  return {
    start: async ({ run: runId, count = 1 }) => {
      if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
        throw new ServiceError("invalid-value", `count is ${count}; expected an integer from 1 to ${MAX_COUNT}`, {
          field: "count",
          value: count,
        });
      }
      const run = runId === undefined ? await runs.create({}) : runs.get(runId);
      const operation = queue.submit({
        kind: "iterations",
        runId: run.id,
        request: { run: run.id, count },
        prepare: (operationId) => {
          const first = iterations.nextNumber(run.id);
          return Array.from({ length: count }, (_, index) => {
            const iteration = newIteration(run.id, operationId, first + index);
            iterations.insert(iteration);
            return iteration.id;
          });
        },
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
      error: null,
    };
  }
}
