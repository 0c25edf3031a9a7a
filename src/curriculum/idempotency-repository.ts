/** Answers to repeat when a request comes again under the same Idempotency-Key, and what a cut-off request had made. */
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
  // Of this process: a request cannot outlive it, so a row without an answer that is not here was cut off.
  const inFlight = new Set<string>();

  const claim = (key: string, fingerprint: string): IdempotencyClaim => {
    const expired = new Date(now() - KEPT_MS).toISOString();
    db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, expired)).run();
    const known = db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key)).get();
    if (known === undefined) {
      insertRow({ key, fingerprint, createdAt: new Date(now()).toISOString() });
      return { kind: "claimed" };
    }
    if (known.fingerprint !== fingerprint) return { kind: "mismatch" };
    if (known.response !== null) return { kind: "replay", response: known.response };
    if (inFlight.has(key)) return { kind: "in-flight" };
    return known.resources === null ? { kind: "claimed" } : { kind: "made", resources: known.resources };
  };
  const claimAtOnce = db.$client.transaction(claim);
  const update = (key: string, change: Partial<typeof idempotencyKeys.$inferInsert>) => {
    const { changes } = db.update(idempotencyKeys).set(change).where(eq(idempotencyKeys.key, key)).run();
    if (changes === 0) throw new CurriculumError("not-found", `nobody claimed the key "${key}"`, { value: key });
  };

  return {
    claim: (key, fingerprint) => {
      const claimed = claimAtOnce.immediate(key, fingerprint);
      if (claimed.kind === "claimed" || claimed.kind === "made") inFlight.add(key);
      return claimed;
    },
    note: (key, resources) => update(key, { resources: [...resources] }),
    complete: (key, response) => {
      update(key, { response });
      inFlight.delete(key);
    },
    release: (key) => {
      inFlight.delete(key);
      db.delete(idempotencyKeys)
        .where(and(eq(idempotencyKeys.key, key), nothingKept))
        .run();
    },
  };
}

const nothingKept = and(isNull(idempotencyKeys.response), isNull(idempotencyKeys.resources));

/** Keys whose request died with its process before it made anything: a retry may do the work. Returns how many. */
export const releaseAbandonedKeys = (db: Db): number => db.delete(idempotencyKeys).where(nothingKept).run().changes;
