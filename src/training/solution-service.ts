/** Solutions: the Solver's m answers to a question and the vote on them. */
import { type Environment, freshSeed } from "./environment.ts";
import type { OperationQueue } from "./operation-queue.ts";
import { ServiceError, type SolutionService } from "./services.ts";

const MAX_SAMPLES = 1024;

export function createSolutionService(environment: Environment, queue: OperationQueue): SolutionService {
  const { curriculum } = environment;
  const { solutions } = curriculum;
  return {
    solve: async ({ run: runId, questions: ids, samples, seed }, attempt) => {
      const queued = queue.queuedBy(attempt);
      if (queued !== null) return queued;
      const run = curriculum.runs.get(runId);
      const m = samples ?? run.config.votes.samples;
      if (!Number.isInteger(m) || m < 1 || m > MAX_SAMPLES) {
        throw new ServiceError("invalid-value", `samples is ${m}; expected an integer from 1 to ${MAX_SAMPLES}`, {
          field: "samples",
          value: m,
        });
      }
      curriculum.questions.getMany(ids).forEach((question, index) => {
        const field = `questions.${index}`;
        if (question.runId !== runId) {
          throw new ServiceError(
            "invalid-value",
            `question ${question.id} belongs to ${question.runId}, not to ${runId}`,
            {
              field,
              value: question.id,
            },
          );
        }
        if (question.state === "malformed") {
          throw new ServiceError("invalid-value", `question ${question.id} is malformed: there is nothing to answer`, {
            field,
            value: question.id,
          });
        }
      });
      const request = { run: runId, questions: [...new Set(ids)], samples: m, seed: seed ?? freshSeed(environment) };
      return queue.submit({ kind: "solutions", runId, request, attempt });
    },
    list: (page, filter) => solutions.list(page, filter),
    get: (id) => solutions.get(id),
    rollouts: (id) => {
      solutions.get(id);
      return curriculum.rollouts.ofSolution(id);
    },
  };
}
