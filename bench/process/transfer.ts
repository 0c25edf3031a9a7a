/**
 * What it costs to hand typed arrays to the device process and back: `tsx bench/process/transfer.ts`. Prints, for
 * growing sizes, the median round trip and how long this process's event loop was held up by it.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startWorker } from "../../gpu/process/client.ts";
import type { TransferMethods } from "./transfer-worker.ts";

const client = startWorker<TransferMethods>(new URL("./transfer-worker.ts", import.meta.url));
for (const megabytes of [0, 0.25, 1, 4, 16]) {
  const values = new Float32Array((megabytes * 1024 * 1024) / 4);
  const rows = { to: [] as number[], back: [] as number[], held: [] as number[] };
  for (let i = 0; i < 30; i++) {
    rows.to.push(await timed(() => client.call("swallow", values)));
    rows.back.push(await timed(() => client.call("produce", values.length)));
    const used = performance.eventLoopUtilization();
    await client.call("swallow", values);
    rows.held.push(performance.eventLoopUtilization(used).active);
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let i = 0; i < 10; i++) await client.call("produce", values.length);
  delay.disable();
  process.stdout.write(
    `${megabytes} MB: to ${median(rows.to)} ms, back ${median(rows.back)} ms, ` +
      `this loop busy ${median(rows.held)} ms per send, longest hold ${(delay.max / 1e6).toFixed(1)} ms\n`,
  );
}
await client.close();

async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

function median(values: readonly number[]): string {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!.toFixed(2);
}
