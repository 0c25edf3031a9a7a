/** One GRPO step by hand, queued; and every step ever made. */
import type { Environment } from "./environment.ts";
import type { OperationQueue } from "./operation-queue.ts";
import type { TrainingStepService } from "./services.ts";
import { storedGroups, type TrainRequest, uploadedGroups } from "./training-batch.ts";

export function createTrainingStepService(environment: Environment, queue: OperationQueue): TrainingStepService {
  const { curriculum } = environment;
  return {
    train: async (request, attempt) => {
      const queued = queue.queuedBy(attempt);
      if (queued !== null) return queued;
      const run = curriculum.runs.get(request.run);
      // Refused now rather than when its turn comes.
      if (request.groups) uploadedGroups(await environment.policy.get(), request);
      else storedGroups(environment, run, request as TrainRequest);
      return queue.submit({ kind: "training-step", runId: run.id, request, attempt });
    },
    list: (page, filter) => curriculum.steps.list(page, filter),
    get: (id) => curriculum.steps.get(id),
  };
}
