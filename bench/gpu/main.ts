/** `npm run gpu:report`: the suite and the bench on one device, as a dated report. See bench/README.md. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { parameterCount } from "../../gpu/models/parameters.ts";
import { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { deviceIdText, parseDeviceId } from "../../gpu/runtime/devices.ts";
import { machineFacts } from "../speed/machine.ts";
import { MatmulCeiling } from "../speed/matmul-ceiling.ts";
import type { Probe } from "../speed/probe.ts";
import { throughput } from "../speed/report.ts";
import { Sampling } from "../speed/sampling.ts";
import { TrainingStep } from "../speed/training-step.ts";
import { gpuDrivers, gpuMemoryUsedMiB } from "./driver.ts";
import { type GpuReport, gpuReportMarkdown } from "./report.ts";
import { GPU_SHAPES, type GpuShapeName } from "./shapes.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const options = new Command("npm run gpu:report --")
  .description("Runs the gpu suite and the bench on one device and writes a dated report.")
  .addOption(new Option("--device <name>", "cpu, webgpu or cuda[:n]").default("webgpu"))
  .addOption(
    new Option("--shape <name>", "tiny: to see that it works").choices(Object.keys(GPU_SHAPES)).default("qwen3-0.6b"),
  )
  .option("--out <folder>", "where the report goes", join(root, "bench", "reports"))
  .option("--rounds <n>", "samples of everything", Number, 5)
  .option("--no-suite", "only the bench")
  .parse()
  .opts<{ device: string; shape: GpuShapeName; out: string; rounds: number; suite: boolean }>();

const say = (line: string) => process.stderr.write(`${line}\n`);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0]!;

function runSuite(device: string): string {
  if (!options.suite) return "not run";
  say(`the suite on ${device}`);
  const suite = spawnSync(process.execPath, ["--import", "tsx", join(root, "test", "on-device.ts"), device], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, REQUIRE_TEST_DEVICE: "1", NO_COLOR: "1" },
  });
  const lines = suite.stdout.split("\n").filter((line) => /^\s*(Test Files|Tests|Duration)\b|suite/.test(line));
  return [...lines.map((line) => line.trim()), `exit status ${suite.status}`].join("\n");
}

/** One probe by itself: these are large, and two at once might not fit. @returns why it failed, or null */
async function measure(probe: Probe, whileOpen: () => void = () => undefined): Promise<string | null> {
  try {
    say(`${probe.name}: warming up`);
    await probe.open?.();
    whileOpen();
    for (let round = 1; round <= options.rounds; round++)
      say(`${probe.name}, ${round}/${options.rounds}: ${await probe.measure()}`);
    return null;
  } catch (error) {
    return messageOf(error);
  } finally {
    await probe.close?.();
  }
}

async function main(): Promise<void> {
  const id = parseDeviceId(options.device);
  if (id === null) throw new Error(`${options.device} is no device; expected cpu, webgpu or cuda[:n]`);
  const threads = availableParallelism();
  const machine = machineFacts(threads);
  const shape = GPU_SHAPES[options.shape];
  const parameters = parameterCount(shape.training.decoder);
  const suite = runSuite(deviceIdText(id));

  const device = await ComputeDevice.open(id, threads);
  const before = gpuMemoryUsedMiB();
  const ceiling = new MatmulCeiling(device, shape.products);
  const noCeiling = await measure(ceiling);
  const gflops = noCeiling === null ? ceiling.ceiling.gflops : Number.NaN;
  const training = new TrainingStep(shape.training, device);
  let during: number | null = null;
  const noTraining = await measure(training, () => {
    during = gpuMemoryUsedMiB();
  });
  const rows: GpuReport["rows"][number][] = (["grpo", "cross-entropy"] as const).map((loss) => ({
    what: `training, ${loss}, batch ${shape.training.batch} x ${shape.training.length}`,
    result: noTraining ?? throughput(training, training.seconds[loss], gflops),
  }));
  for (const topP of [1, 0.99]) {
    const sampling = new Sampling(topP, device, shape.sampling);
    const failed = await measure(sampling);
    rows.push({
      what: `sampling, top-p ${topP}, ${shape.sampling.batch} rows, ${shape.sampling.newTokens} tokens`,
      result: failed ?? throughput(sampling, sampling.seconds, gflops),
    });
  }
  await device.close();

  const date = new Date().toISOString().slice(0, 10);
  const markdown = gpuReportMarkdown({
    date,
    device: deviceIdText(id),
    drivers: gpuDrivers(),
    machine,
    shape: options.shape,
    parameters,
    suite,
    ceilingGflops: gflops,
    ceilingShape: noCeiling ?? ceiling.ceiling.shape,
    rows,
    memory: {
      stateBytes: 5 * parameters * 4,
      deviceMiB: during === null || before === null ? null : during - before,
      hostMiB: process.resourceUsage().maxRSS / 1024,
    },
  });
  mkdirSync(options.out, { recursive: true });
  const file = join(options.out, `${date}-${deviceIdText(id).replace(":", "-")}-${options.shape}.md`);
  writeFileSync(file, markdown);
  process.stdout.write(`${markdown}\n${file}\n`);
}

main().catch((error: unknown) => {
  say(`gpu:report: ${messageOf(error)}`);
  process.exitCode = 1;
});
