/**
 * Which checkpoints keep their files. A row always stays, with the weights' digest and the time its files went, so that what a
 * run did can still be told.
 */
import type { Checkpoint } from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";

/** All; the latest of each role beside the best; or the N latest of each role beside the best. */
export type KeepCheckpoints = "all" | "best" | number;

/**
 * Of a run's checkpoints, the newest first, those that may go. Never what is pinned or in use (the best and the heads of any run, what
 * an unfinished iteration or evaluation stands on), never the latest of a role, never base weights.
 */
export function prunable(
  checkpoints: readonly Checkpoint[],
  keep: KeepCheckpoints,
  inUse: ReadonlySet<string>,
): readonly Checkpoint[] {
  if (keep === "all") return [];
  const latest = keep === "best" ? 1 : Math.max(1, keep);
  return (["challenger", "solver"] as const).flatMap((role) =>
    checkpoints
      .filter((checkpoint) => checkpoint.role === role && checkpoint.prunedAt === null)
      .slice(latest)
      .filter(({ id, pinned }) => !pinned && !inUse.has(id)),
  );
}

/** After a run made checkpoints. Files go after the transaction that says so: what a crash leaves of them goes at the next start. */
export async function pruneCheckpoints(environment: Environment, runId: string): Promise<void> {
  const { curriculum, keepCheckpoints, removal, log } = environment;
  const { checkpoints } = curriculum;
  if (keepCheckpoints === "all") return;
  const pruned = curriculum.transaction(() => {
    const going = prunable(checkpoints.ofRun(runId), keepCheckpoints, checkpoints.inUse(runId));
    for (const { id } of going) checkpoints.setPruned(id, timestamp(environment));
    return going;
  });
  if (pruned.length === 0) return;
  log.info({ run: runId, checkpoints: pruned.map(({ id }) => id) }, "pruned checkpoints");
  await removal.remove(pruned.map(({ directory }) => directory)).catch((error: unknown) => {
    log.warn({ err: error, run: runId }, "files of pruned checkpoints could not be removed; they go at the next start");
  });
}

/** At start: the rule may be another one than before. */
export async function pruneEveryRun(environment: Environment): Promise<void> {
  if (environment.keepCheckpoints === "all") return;
  for (const runId of environment.curriculum.checkpoints.runs()) await pruneCheckpoints(environment, runId);
}
