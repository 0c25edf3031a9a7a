/** `npm run bench`: how fast it trains, samples, answers, starts and grades on this machine. See bench/README.md. */
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { ComputeDevice } from "../gpu/runtime/compute-device.ts";
import { measureGrading } from "./grading/grading-speed.ts";
import { AdapterStep } from "./speed/adapter-step.ts";
import { ColdStart } from "./speed/cold-start.ts";
import { Decoding } from "./speed/decoding.ts";
import { measureHttpLatency } from "./speed/http-latency.ts";
import { machineFacts } from "./speed/machine.ts";
import { MatmulCeiling } from "./speed/matmul-ceiling.ts";
import { type Probe, takeTurns } from "./speed/probe.ts";
import { ReadBandwidth } from "./speed/read-bandwidth.ts";
import { assembleReport, reportTable } from "./speed/report.ts";
import { Sampling } from "./speed/sampling.ts";
import { requireModel } from "./speed/service-process.ts";
import { DECODING_SHAPES, TRAINING_SHAPES } from "./speed/shapes.ts";
import { TrainingStep } from "./speed/training-step.ts";

const PARTS = ["train", "sample", "decode", "large", "http", "cold", "grading"] as const;
/** `large` takes 8 GB and minutes. */
const USUAL = PARTS.filter((part) => part !== "large");
type Part = (typeof PARTS)[number];

const options = new Command("npm run bench --")
  .description(
    "Measures training, sampling, decoding at a real width, HTTP latency during an iteration, cold start, and grading.",
  )
  .option("--json", "print the results as one JSON line at the end", false)
  .option(`--only <parts>`, `some of ${PARTS.join(", ")}, separated by commas`, readParts, USUAL)
  .option("--quick", "one round, 5 s of requests: to see that it works, not to quote", false)
  .option("--threads <n>", "CPU threads of the engine", readCount, availableParallelism())
  .option("--models <folder>", "folder of the model folders", fileURLToPath(new URL("../models", import.meta.url)))
  .parse()
  .opts<{ json: boolean; only: readonly Part[]; quick: boolean; threads: number; models: string }>();

function readParts(text: string): readonly Part[] {
  const strangers = text.split(",").filter((part) => !PARTS.some((known) => known === part));
  if (strangers.length > 0) throw new InvalidArgumentError(`${strangers.join(", ")}: expected ${PARTS.join(", ")}`);
  return PARTS.filter((part) => text.split(",").includes(part));
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError(`expected a whole number from 1`);
  return count;
}

async function main(): Promise<void> {
  const { quick, threads, only } = options;
  const asked = (part: Part) => only.includes(part);
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const serviceOptions = { modelsDirectory: options.models, threads };
  if (asked("http") || asked("cold")) requireModel(options.models);

  const machine = machineFacts(threads);
  const device = ComputeDevice.cpu(threads);
  const train = asked("train") ? TRAINING_SHAPES.map((shape) => new TrainingStep(shape, device)) : [];
  const sample = asked("sample") ? [1, 0.99].map((topP) => new Sampling(topP, device)) : [];
  const bandwidth = asked("decode") || asked("large") ? new ReadBandwidth(device) : null;
  const large = asked("large")
    ? { adapter: new AdapterStep(device), decoding: new Decoding(DECODING_SHAPES.large, device), bandwidth: bandwidth! }
    : null;
  const products = [...train, ...sample, ...(large ? [large.adapter] : [])];
  const ceiling = products.length > 0 ? new MatmulCeiling(device) : null;
  const decode = asked("decode")
    ? { decoding: new Decoding(DECODING_SHAPES.shallow, device), bandwidth: bandwidth! }
    : null;
  const coldStart = asked("cold") ? new ColdStart(serviceOptions) : null;
  // The ceiling before each of the others: a share is then of what the machine gave in the same seconds.
  const order: Probe[] = [
    ...products.flatMap((probe) => [ceiling!, probe]),
    ...[decode, large].flatMap((each) => (each ? [each.bandwidth, each.decoding] : [])),
    ...(coldStart ? [coldStart] : []),
  ];
  await takeTurns(order, quick ? 1 : 5, progress);

  let http = null;
  if (asked("http")) {
    progress("HTTP latency: starting the service and an iteration");
    http = await measureHttpLatency({ ...serviceOptions, seconds: quick ? 5 : 30 });
  }
  let grading = null;
  if (asked("grading")) {
    progress("grading: votes of made-up answers");
    grading = await measureGrading(quick ? 500 : 8000);
  }
  const report = assembleReport(
    { ceiling, train, sample, decode, large, http, coldStart, grading },
    { machine, loadAfter: loadavg()[0]!, quick },
  );
  process.stdout.write(`${reportTable(report)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130)); // its `exit` ends the service
main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
