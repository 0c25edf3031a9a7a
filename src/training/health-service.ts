/** Readiness: the database answers and the model is open. */
import type { JobState } from "../records/records.ts";
import type { Environment } from "./environment.ts";
import { failureOf } from "./failures.ts";
import type { HealthService } from "./services.ts";

export function createHealthService({ curriculum, policy }: Environment): HealthService {
  const database = () => {
    try {
      return { ok: true, detail: `${curriculum.operations.unfinished().length} operations not ended` };
    } catch (error) {
      return { ok: false, detail: failureOf(error).message };
    }
  };
  return {
    queue: () => {
      const unfinished = curriculum.operations.unfinished();
      const count = (wanted: JobState) => unfinished.filter(({ state }) => state === wanted).length;
      return { queued: count("queued"), running: count("running"), paused: count("paused") };
    },
    ready: () => {
      const checks = { database: database(), model: policy.state() };
      return { ready: Object.values(checks).every(({ ok }) => ok), checks };
    },
  };
}
