/** `npm run soak`: do memory and handles stay flat over many iterations? See bench/README.md. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { soak } from "./soak.ts";

const options = new Command("npm run soak --")
  .description("Small iterations of one run on one service, and what it holds after each. Linux only.")
  .option("--iterations <n>", "how many, 5 at least", readCount, 50)
  .option("--threads <n>", "CPU threads of the engine", readCount, availableParallelism())
  .option("--models <folder>", "folder of the model folders", fileURLToPath(new URL("../../models", import.meta.url)))
  .option("--json", "print the result as one JSON line at the end", false)
  .parse()
  .opts<{ iterations: number; threads: number; models: string; json: boolean }>();

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("expected a whole number from 1");
  return count;
}

const { models: modelsDirectory, iterations, threads, json } = options;
const say = (line: string) => process.stderr.write(`${line}\n`);
const result = await soak({ modelsDirectory, threads, iterations: Math.max(5, iterations), onLine: say });
for (const growth of result.grew) say(`GREW ${growth}`);
if (result.grew.length === 0) say(`flat over ${result.iterations} iterations in ${result.seconds.toFixed(0)} s`);
if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
process.exitCode = result.grew.length === 0 ? 0 : 1;
