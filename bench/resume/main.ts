/** `npm run verify:resume`: kills the service and its device at random instants and compares what comes out. See bench/README.md. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { verifyResume } from "./verify.ts";

const options = new Command("npm run verify:resume --")
  .description(
    "One run undisturbed, the same run while the service and its device are killed; both must end alike. Linux only.",
  )
  .option("--kills <n>", "how many", readCount, 20)
  .option("--seed <n>", "of the instants and of who is killed", readCount, 1)
  .option("--iterations <n>", "of each run", readCount, 2)
  .option("--threads <n>", "CPU threads of the engine", readCount, availableParallelism())
  .option("--models <folder>", "folder of the model folders", fileURLToPath(new URL("../../models", import.meta.url)))
  .option("--json", "print the result as one JSON line at the end", false)
  .parse()
  .opts<{ kills: number; seed: number; iterations: number; threads: number; models: string; json: boolean }>();

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("expected a whole number from 1");
  return count;
}

const { models: modelsDirectory, json, ...rest } = options;
const say = (line: string) => process.stderr.write(`${line}\n`);
say(`seed ${options.seed}: the same victims at the same delays`);
const result = await verifyResume({ ...rest, modelsDirectory, onLine: say });
for (const loss of result.lost) say(`LOST ${loss}`);
say(
  result.lost.length === 0
    ? `${result.kills.length} kills over ${result.runs} run(s): nothing lost, the same weights after each of ${result.weights.length} steps`
    : `${result.lost.length} differences after ${result.kills.length} kills`,
);
if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
process.exitCode = result.lost.length === 0 ? 0 : 1;
