/** `Prefer: wait=N` (RFC 7240): long work answers 202 at once, or the finished result if it ends within N seconds. */
import type { Context } from "hono";
import type { JobState, Operation } from "../../src/records/records.ts";
import type { AppEnv } from "./app-env.ts";
import { timed } from "./server-timing.ts";

/** Longest wait in seconds; a longer one is granted as this. */
export const longestWait = 300;

export function hasEnded(state: JobState): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}

/** Seconds the client is willing to wait; 0 where it did not say or said it unreadably (a preference is no command). */
export function preferredWait(header: string | undefined): number {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(header ?? "") ?? [];
  return Math.min(Number(seconds ?? 0), longestWait);
}

/** Waits as preferred and sets Location and Preference-Applied. 200 where the operation ended, otherwise 202. */
export async function awaitPreferred(
  c: Context<AppEnv>,
  queued: Operation,
): Promise<{ operation: Operation; status: 200 | 202 }> {
  const seconds = preferredWait(c.req.header("prefer"));
  const operation =
    seconds > 0 ? await timed(c, "wait", () => c.var.services.operations.wait(queued.id, seconds)) : queued;
  if (seconds > 0) c.header("preference-applied", `wait=${seconds}`);
  c.header("location", `/v1/operations/${operation.id}`);
  return { operation, status: hasEnded(operation.state) ? 200 : 202 };
}
