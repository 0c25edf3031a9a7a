/** Readiness: the database answers and the model is open. */
import type { Environment } from "./environment.ts";
import { failureOf } from "./failures.ts";
import type { HealthService } from "./services.ts";

export function createHealthService({ curriculum, policy }: Environment): HealthService {
  const database = () => {
    try {
      const { queued, running, paused } = curriculum.operations.counts();
      return { ok: true, detail: `${queued + running + paused} operations not ended` };
    } catch (error) {
      return { ok: false, detail: failureOf(error).message };
    }
  };
  return {
    queue: () => curriculum.operations.counts(),
    ready: () => {
      const checks = { database: database(), model: policy.state() };
      return { ready: Object.values(checks).every(({ ok }) => ok), checks };
    },
  };
}
