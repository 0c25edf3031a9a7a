/** What the service keeps for itself: answers to repeat, and bulk writes that are under way. */
import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { IdempotentResponse } from "../../records/idempotency.ts";
import { isJson, isTime, json, oneOf } from "./columns.ts";

export const BULK_RELATIONS = ["questions", "solutions", "rollouts", "evaluations"] as const;
export type BulkRelation = (typeof BULK_RELATIONS)[number];

export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    key: text("key").primaryKey(),
    fingerprint: text("fingerprint").notNull(),
    // NULL while the first request is in flight.
    response: json<IdempotentResponse>("response"),
    createdAt: text("created_at").notNull(),
    // Ids of what the request made, stored together with it; NULL before.
    resources: json<readonly string[]>("resources"),
  },
  (row) => [
    index("idempotency_keys_created").on(row.createdAt),
    check("idempotency_keys_key_length", sql`length(${row.key}) between 1 and 512`),
    check("idempotency_keys_response_json", isJson(row.response, "object")),
    check("idempotency_keys_resources_json", isJson(row.resources, "array")),
    check("idempotency_keys_created_at_time", isTime(row.createdAt)),
  ],
);

/** The rows that bulk inserts still under way have written. Rows found at start are of a crash: bulk-insert.ts. */
export const bulkInserts = sqliteTable(
  "bulk_inserts",
  {
    id: integer("id").primaryKey(),
    // Random: names one bulk insert.
    batch: text("batch").notNull(),
    relation: text("relation").$type<BulkRelation>().notNull(),
    rowIds: json<readonly string[]>("row_ids").notNull(),
  },
  (row) => [
    index("bulk_inserts_batch").on(row.batch),
    check("bulk_inserts_relation_known", oneOf(row.relation, BULK_RELATIONS)),
    check("bulk_inserts_row_ids_json", isJson(row.rowIds, "array")),
  ],
);
