/** Answers to repeat when a request comes again under the same Idempotency-Key. */
import { and, eq, isNull, lt } from "drizzle-orm";
import type { IdempotencyClaim, IdempotencyStore } from "../records/idempotency.ts";
import type { Db } from "./client.ts";
import { CurriculumError } from "./curriculum-error.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { idempotencyKeys } from "./schema/housekeeping.ts";

const KEPT_MS = 24 * 60 * 60 * 1000;

/** `now`: milliseconds since 1970. */
export function createIdempotencyRepository(db: Db, now: () => number): IdempotencyStore {
  const insertRow = prepareInsert(db, idempotencyKeys);

  const claim = (key: string, fingerprint: string): IdempotencyClaim => {
    const expired = new Date(now() - KEPT_MS).toISOString();
    db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, expired)).run();
    const known = db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key)).get();
    if (known === undefined) {
      insertRow({ key, fingerprint, createdAt: new Date(now()).toISOString() });
      return { kind: "claimed" };
    }
    if (known.fingerprint !== fingerprint) return { kind: "mismatch" };
    return known.response === null ? { kind: "in-flight" } : { kind: "replay", response: known.response };
  };
  const claimAtOnce = db.$client.transaction(claim);

  return {
    claim: (key, fingerprint) => claimAtOnce.immediate(key, fingerprint),
    complete: (key, response) => {
      const { changes } = db.update(idempotencyKeys).set({ response }).where(eq(idempotencyKeys.key, key)).run();
      if (changes === 0) throw new CurriculumError("not-found", `nobody claimed the key "${key}"`, { value: key });
    },
    release: (key) => {
      db.delete(idempotencyKeys)
        .where(and(eq(idempotencyKeys.key, key), isNull(idempotencyKeys.response)))
        .run();
    },
  };
}

/** Keys whose request died with its process: a retry may do the work. Returns how many. */
export const releaseAbandonedKeys = (db: Db): number =>
  db.delete(idempotencyKeys).where(isNull(idempotencyKeys.response)).run().changes;
