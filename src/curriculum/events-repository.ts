/** Events of operations: append-only, numbered 1, 2, ... within the operation. */
import { and, asc, count, eq, gt, inArray, max } from "drizzle-orm";
import type { EventType, OperationEvent } from "../records/records.ts";
import type { Db } from "./client.ts";
import { constrained } from "./curriculum-error.ts";
import { events } from "./schema/operations.ts";

export interface EventsRepository {
  /** Returns the event with its number. Throws `conflict` for an unknown operation. */
  append(event: Omit<OperationEvent, "sequence">): OperationEvent;
  /** Up to `limit` events with a number above `after`, in order. */
  after(operationId: string, after: number, limit: number): readonly OperationEvent[];
  /** The number of the last event of one of these types; 0 where there is none. */
  last(operationId: string, types: readonly EventType[]): number;
  /** How many events of this type have a number above `after`. */
  count(operationId: string, type: EventType, after: number): number;
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
    last: (operationId, types) =>
      db
        .select({ sequence: max(events.sequence) })
        .from(events)
        .where(and(eq(events.operationId, operationId), inArray(events.type, [...types])))
        .get()?.sequence ?? 0,
    count: (operationId, type, after) =>
      db
        .select({ events: count() })
        .from(events)
        .where(and(eq(events.operationId, operationId), eq(events.type, type), gt(events.sequence, after)))
        .get()!.events,
  };
}
