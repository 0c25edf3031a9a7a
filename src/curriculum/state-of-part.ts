/** An iteration or evaluation that was running stands still while its operation is paused: read there, so that the two never disagree. */
import { sql } from "drizzle-orm";
import type { JobState } from "../records/records.ts";

/** Names are written out: inside the subquery `state` and `id` would be the operation's. */
export const stateOfPart = (table: "iterations" | "benchmark_evaluations") => {
  const part = sql.raw(table);
  return sql<JobState>`case when ${part}.state = 'running' and exists (
      select 1 from operations where operations.id = ${part}.operation_id and operations.state = 'paused')
    then 'paused' else ${part}.state end`;
};
