/** The Markdown of `npm run gpu:report`. */
import type { Machine } from "../speed/machine.ts";
import type { Throughput } from "../speed/report.ts";

export interface GpuReport {
  readonly date: string;
  readonly device: string;
  readonly drivers: readonly string[];
  readonly machine: Machine;
  readonly shape: string;
  readonly parameters: number;
  /** The suite's last lines, or why it did not run. */
  readonly suite: string;
  readonly ceilingGflops: number;
  readonly ceilingShape: string;
  /** What was measured, or why it was not. */
  readonly rows: readonly { readonly what: string; readonly result: Throughput | string }[];
  readonly memory: {
    /** Weights, two moments, gradient and decay mask, in float32. */
    readonly stateBytes: number;
    /** On the device while it held the training state, above what was in use before; null where no tool knows. */
    readonly deviceMiB: number | null;
    /** Largest resident set of this process. */
    readonly hostMiB: number;
  };
}

const whole = (x: number): string => Math.round(x).toLocaleString("en-US");
const mib = (bytes: number): string => `${whole(bytes / 2 ** 20)} MiB`;

export function gpuReportMarkdown(report: GpuReport): string {
  const { machine, memory } = report;
  const lines = report.rows.map(({ what, result }) =>
    typeof result === "string"
      ? `| ${what} | did not run: ${result.replaceAll("|", "/")} | | | |`
      : `| ${what} | ${whole(result.tokensPerSecond)} | ${whole(result.medianTokensPerSecond)} | ${whole(result.gflops)} | ${result.ceilingShare.toFixed(2)} |`,
  );
  return `# ${report.device}, ${report.date}

- GPU: ${report.drivers.length > 0 ? report.drivers.join("; ") : "no tool on this machine knows (nvidia-smi, vulkaninfo)"}
- Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}; node ${machine.node}, onnxruntime ${machine.onnxruntime}
- Shape: ${report.shape}, ${whole(report.parameters)} parameters, random weights, float32, all of them trained

## Suite

\`\`\`
${report.suite}
\`\`\`

## Speed

Best product of this device in the same run: ${whole(report.ceilingGflops)} GFLOP/s (${report.ceilingShape}).

| what | tokens/s, best | median | GFLOP/s | share of the ceiling |
|---|---|---|---|---|
${lines.join("\n")}

## Memory

| | |
|---|---|
| training state, computed (weights, moments, gradient, mask) | ${mib(memory.stateBytes)} |
| device, measured above what was in use before | ${memory.deviceMiB === null ? "not known" : `${whole(memory.deviceMiB)} MiB`} |
| this process, largest resident set | ${whole(memory.hostMiB)} MiB |
`;
}
