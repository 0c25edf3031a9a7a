/** What judges have said, by the content they were asked about. */
import { eq } from "drizzle-orm";
import type { JudgeOpinion } from "../records/evaluations.ts";
import type { Db } from "./client.ts";
import { judgeVerdicts } from "./schema/evaluations.ts";

export interface JudgeVerdictsRepository {
  get(key: string): JudgeOpinion | null;
  /** The last one stands. `key`: 64 characters. */
  put(key: string, opinion: JudgeOpinion): void;
}

/** `now`: milliseconds since 1970. */
export function createJudgeVerdictsRepository(db: Db, now: () => number): JudgeVerdictsRepository {
  return {
    get: (key) => {
      const row = db.select().from(judgeVerdicts).where(eq(judgeVerdicts.key, key)).get();
      if (row === undefined) return null;
      const { equivalent, score, reasons } = row;
      return { equivalent, ...(score !== null && { score }), ...(reasons !== null && { reasons }) };
    },
    put: (key, { equivalent, score = null, reasons = null }) => {
      const row = { key, equivalent, score, reasons, createdAt: new Date(now()).toISOString() };
      db.insert(judgeVerdicts).values(row).onConflictDoUpdate({ target: judgeVerdicts.key, set: row }).run();
    },
  };
}
