/** What judges have said, by the content they were asked about. */
import { eq } from "drizzle-orm";
import type { Db } from "./client.ts";
import { judgeVerdicts } from "./schema/evaluations.ts";

export interface JudgeVerdictsRepository {
  get(key: string): boolean | null;
  /** The last one stands. `key`: 64 characters. */
  put(key: string, equivalent: boolean): void;
}

/** `now`: milliseconds since 1970. */
export function createJudgeVerdictsRepository(db: Db, now: () => number): JudgeVerdictsRepository {
  return {
    get: (key) => db.select().from(judgeVerdicts).where(eq(judgeVerdicts.key, key)).get()?.equivalent ?? null,
    put: (key, equivalent) => {
      const row = { key, equivalent, createdAt: new Date(now()).toISOString() };
      db.insert(judgeVerdicts).values(row).onConflictDoUpdate({ target: judgeVerdicts.key, set: row }).run();
    },
  };
}
