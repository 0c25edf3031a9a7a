/** What the numbers were measured on. Without it they mean nothing. */
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Threads the engine uses. */
  readonly threads: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** Processes that wanted to run before we began, averaged over a minute: 0 is a quiet machine. */
  readonly loadBefore: number;
}

export function machineFacts(threads: number): Machine {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    threads,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    onnxruntime: version,
    loadBefore: loadavg()[0]!,
  };
}
