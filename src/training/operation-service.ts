/** Every job: what it is doing, what happened in it, how to halt it and how to end it. */
import type { Operation } from "../records/records.ts";
import type { Environment } from "./environment.ts";
import type { EventLog } from "./event-log.ts";
import type { OperationQueue } from "./operation-queue.ts";
import type { OperationService } from "./services.ts";

/** A running operation that is paused stops within one call to the engine; nobody is kept waiting longer for a slow one. */
const PAUSE_SECONDS = 30;

export function createOperationService(
  { curriculum }: Environment,
  queue: OperationQueue,
  events: EventLog,
): OperationService {
  const { operations } = curriculum;

  const until = async (id: string, seconds: number, reached: (operation: Operation) => boolean): Promise<Operation> => {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const operation = operations.get(id);
      const left = deadline - performance.now();
      if (reached(operation) || left <= 0) return operation;
      await events.wait(id, left);
    }
  };

  return {
    list: (page, filter) => operations.list(page, filter),
    get: (id) => operations.get(id),
    cancel: async (id) => queue.cancel(id),
    pause: async (id) => {
      queue.pause(id);
      return until(id, PAUSE_SECONDS, ({ state }) => state !== "running");
    },
    resume: (id) => queue.resume(id),
    wait: (id, seconds) => until(id, seconds, ({ finishedAt }) => finishedAt !== null),
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
