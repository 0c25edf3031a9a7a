/** Finds or makes the stored context (weights, prompt, temperature) of rollouts: each different one once per run. */
import { createHash } from "node:crypto";
import type { Rollout } from "../records/records.ts";
import type { Db } from "./client.ts";
import { encodeTokenIds } from "./rollout-trace.ts";

export type SamplingContext = Pick<
  Rollout,
  "runId" | "role" | "weights" | "policyVersion" | "temperature" | "prompt" | "promptTokenIds"
>;

/** A function from a rollout to the number of its context. */
export function createContextIds(db: Db): (context: SamplingContext) => number {
  // The update that changes nothing makes RETURNING answer for a row that was already there.
  const upsert = db.$client
    .prepare(`
      insert into sampling_contexts
        (run_id, role, weights, policy_version, temperature, prompt, prompt_token_ids, digest)
      values (?, ?, ?, ?, ?, ?, ?, ?)
      on conflict (run_id, digest) do update set digest = excluded.digest
      returning id`)
    .pluck();
  return (context) => {
    const tokenIds = encodeTokenIds(context.promptTokenIds);
    const { runId, role, weights, policyVersion, temperature, prompt } = context;
    const digest = createHash("sha256")
      .update(JSON.stringify([role, weights, policyVersion, temperature, prompt]))
      .update(tokenIds)
      .digest();
    return upsert.get(runId, role, weights, policyVersion, temperature, prompt, tokenIds, digest) as number;
  };
}
