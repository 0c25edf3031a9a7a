/** Readiness: the database answers and the model is open. */
import type { Environment } from "./environment.ts";
import { failureOf } from "./failures.ts";
import type { HealthService } from "./services.ts";

export function createHealthService({ curriculum, policy }: Environment): HealthService {
  const database = () => {
    try {
      return { ok: true, detail: `${curriculum.operations.unfinished().length} operations queued or running` };
    } catch (error) {
      return { ok: false, detail: failureOf(error).message };
    }
  };
  return {
    queue: () => {
      const unfinished = curriculum.operations.unfinished();
      const running = unfinished.filter(({ state }) => state === "running").length;
      return { queued: unfinished.length - running, running };
    },
    ready: () => {
      const checks = { database: database(), model: policy.state() };
      return { ready: Object.values(checks).every(({ ok }) => ok), checks };
    },
  };
}
