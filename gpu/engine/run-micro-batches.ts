/** Runs a batch micro-batch by micro-batch, in smaller ones where there is no memory for them. */
import { isOutOfMemory } from "../runtime/device-error.ts";
import { type MicroBatch, type MicroBatchLimits, microBatches, type Sequence } from "./micro-batches.ts";
import type { ProgramCache } from "./program-cache.ts";

/**
 * A run that finds no memory is cut in half and done again, and so is what follows it; what was done stays done. The next
 * call starts with the given limits again, so the same call on the same machine is cut the same way.
 * @param run gets its session of `programs` each time, and leaves everything as it was if it throws
 * @returns how many micro-batches ran
 * @throws DeviceError `out-of-memory`, with its sizes, where a single sequence is too much
 */
export async function runMicroBatches(
  programs: ProgramCache,
  sequences: readonly Sequence[],
  limits: MicroBatchLimits,
  run: (batch: MicroBatch) => Promise<void>,
): Promise<number> {
  let queue = microBatches(sequences, limits);
  let done = 0;
  for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
    try {
      await run(batch);
      done++;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      await programs.close();
      if (batch.order.length === 1) throw error;
      const [B, T] = batch.shape;
      const smaller = { ...limits, maxTokens: T * Math.ceil(B / 2) };
      const left = [batch, ...queue].flatMap(({ order }) => order);
      queue = microBatches(sequences, smaller, left);
    }
  }
  return done;
}
