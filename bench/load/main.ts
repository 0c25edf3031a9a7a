/**
 * `npm run load`: 64 clients for a minute while an iteration trains; with `--queue 500`, as many operations behind a run that
 * trains, and 64 followers. Fails where a bar is not met. See bench/README.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { machineFacts } from "../speed/machine.ts";
import { requireModel } from "../speed/service-process.ts";
import { measureLoad } from "./load.ts";
import { measureQueue } from "./queue.ts";
import { queueBars, queueMarkdown } from "./queue-report.ts";
import { bars, markdown } from "./report.ts";

/** With a full queue, beside the followers. */
const READERS = 8;

const options = new Command("npm run load --")
  .description("Lists, event streams and completions of many clients at once while the service trains.")
  .option("--seconds <n>", "how long", readCount, 60)
  .option("--clients <n>", "how many", readCount, 64)
  .option(
    "--queue <n>",
    "instead: so many queued operations, with the clients as followers, until all have ended",
    readCount,
  )
  .option("--iterations <n>", "with --queue: of the run they wait for", readCount, 2)
  .option("--threads <n>", "CPU threads of the engine", readCount, availableParallelism())
  .option("--models <folder>", "folder of the model folders", fileURLToPath(new URL("../../models", import.meta.url)))
  .option("--out <file>", "write the figures there too")
  .option("--json", "print the figures as one JSON line at the end", false)
  .parse()
  .opts<{
    seconds: number;
    clients: number;
    queue?: number;
    iterations: number;
    threads: number;
    models: string;
    out?: string;
    json: boolean;
  }>();

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("expected a whole number from 1");
  return count;
}

async function main(): Promise<void> {
  const { seconds, clients, threads, models: modelsDirectory } = options;
  requireModel(modelsDirectory);
  const machine = machineFacts(threads);
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const { figures, text, held } = await (options.queue === undefined ? clientsAtOnce() : fullQueue(options.queue));
  process.stdout.write(text);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...figures, machine })}\n`);
  if (options.out !== undefined) {
    mkdirSync(dirname(options.out), { recursive: true });
    writeFileSync(options.out, text);
  }
  const missed = Object.entries(held).filter(([, met]) => !met);
  if (missed.length === 0) return;
  process.stderr.write(`load: not met: ${missed.map(([bar]) => bar).join(", ")}\n`);
  process.exitCode = 1;

  async function clientsAtOnce() {
    const measured = await measureLoad({ modelsDirectory, threads, seconds, clients }, progress);
    return { figures: measured, text: markdown(measured, machine, loadavg()[0]!), held: bars(measured) };
  }

  async function fullQueue(queued: number) {
    const { iterations } = options;
    const asked = { modelsDirectory, threads, queued, followers: clients, readers: READERS, iterations };
    const measured = await measureQueue(asked, progress);
    return { figures: measured, text: queueMarkdown(measured, machine, loadavg()[0]!), held: queueBars(measured) };
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130)); // its `exit` ends the service
main().catch((error: unknown) => {
  process.stderr.write(`load: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
