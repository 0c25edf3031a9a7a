/** Events of operations: append-only, numbered 1, 2, ... within the operation. */
import { and, asc, eq, gt } from "drizzle-orm";
import type { EventType, OperationEvent } from "../records/records.ts";
import type { Db } from "./client.ts";
import { constrained } from "./curriculum-error.ts";
import { events } from "./schema/operations.ts";

export interface EventsRepository {
  /** Returns the event with its number. Throws `conflict` for an unknown operation. */
  append(event: Omit<OperationEvent, "sequence">): OperationEvent;
  /** Up to `limit` events with a number above `after`, in order. */
  after(operationId: string, after: number, limit: number): readonly OperationEvent[];
}

export function createEventsRepository(db: Db): EventsRepository {
  // One statement: no other connection can take the same number in between.
  const append = db.$client
    .prepare<[string, EventType, string, string, string], number>(`
      insert into events (operation_id, sequence, type, data, created_at)
      select ?, coalesce(max(sequence), 0) + 1, ?, ?, ? from events where operation_id = ?
      returning sequence`)
    .pluck();

  return {
    append: (event) => {
      const { operationId, type, data, createdAt } = event;
      const sequence = constrained(`appending ${type} to ${operationId}`, () =>
        append.get(operationId, type, JSON.stringify(data), createdAt, operationId),
      );
      return { operationId, sequence: sequence as number, type, data, createdAt };
    },
    after: (operationId, after, limit) =>
      db
        .select()
        .from(events)
        .where(and(eq(events.operationId, operationId), gt(events.sequence, after)))
        .orderBy(asc(events.sequence))
        .limit(limit)
        .all(),
  };
}
