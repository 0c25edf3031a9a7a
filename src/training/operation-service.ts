/** Every job: what it is doing, what happened in it, and how to end it. */
import type { Environment } from "./environment.ts";
import type { EventLog } from "./event-log.ts";
import type { OperationQueue } from "./operation-queue.ts";
import type { OperationService } from "./services.ts";

export function createOperationService(
  { curriculum }: Environment,
  queue: OperationQueue,
  events: EventLog,
): OperationService {
  const { operations } = curriculum;
  return {
    list: (page, filter) => operations.list(page, filter),
    get: (id) => operations.get(id),
    cancel: async (id) => queue.cancel(id),
    wait: async (id, seconds) => {
      const deadline = performance.now() + seconds * 1000;
      for (;;) {
        const operation = operations.get(id);
        const left = deadline - performance.now();
        if (operation.finishedAt !== null || left <= 0) return operation;
        await events.wait(id, left);
      }
    },
    events: (id, after, limit) => {
      operations.get(id);
      return events.after(id, after, limit);
    },
    follow: (id, after, signal) => {
      operations.get(id);
      return events.follow(id, after, signal);
    },
  };
}
