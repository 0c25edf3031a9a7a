/** What was measured, as one JSON line for programs and as a table for people. */
import Table from "cli-table3";
import type { GradingSpeed } from "../grading/grading-speed.ts";
import type { AdapterStep } from "./adapter-step.ts";
import type { ColdStart } from "./cold-start.ts";
import type { Decoding } from "./decoding.ts";
import type { HttpLatency } from "./http-latency.ts";
import type { Machine } from "./machine.ts";
import type { MatmulCeiling } from "./matmul-ceiling.ts";
import type { Latencies } from "./paced-requests.ts";
import type { ReadBandwidth } from "./read-bandwidth.ts";
import type { Sampling } from "./sampling.ts";
import { ADAPTER_SHAPE, SAMPLING_SHAPE } from "./shapes.ts";
import { median } from "./statistics.ts";
import type { LossName, TrainingStep } from "./training-step.ts";

/** Of the fastest sample, as the ceiling is of the fastest product; the median says how restless the machine was. */
export interface Throughput {
  readonly tokensPerSecond: number;
  readonly medianTokensPerSecond: number;
  readonly gflops: number;
  /** gflops / matmulCeilingGflops */
  readonly ceilingShare: number;
  /** Measured steps or generations. */
  readonly samples: number;
}

export interface TrainReport extends Throughput {
  readonly config: string;
  readonly loss: "grpo";
  readonly crossEntropy: Throughput;
}

export interface SampleReport extends Throughput {
  readonly config: string;
  readonly batch: number;
  readonly topP: number;
}

export interface DecodeReport {
  readonly config: string;
  readonly batch: number;
  /** One token of all rows; the fastest and the median. */
  readonly msPerToken: number;
  readonly medianMsPerToken: number;
  readonly tokensPerSecond: number;
  readonly weightBytes: number;
  readonly readGBs: number;
  /** Reading the weights once at that speed, as a share of msPerToken. */
  readonly bandwidthShare: number;
}

/** A low-rank adapter over frozen weights. */
export interface AdapterReport extends Throughput {
  readonly config: string;
  readonly rank: number;
  /** Of weights, state and one step: the most the process grew by, and the prediction. */
  readonly peakBytes: number;
  readonly predictedBytes: number;
}

/** Parts that were not asked for are absent. */
export interface Report {
  readonly matmulCeilingGflops?: number;
  readonly matmulCeilingShape?: string;
  /** Best of each shape. */
  readonly matmulGflops?: Readonly<Record<string, number>>;
  readonly train?: readonly TrainReport[];
  readonly sample?: readonly SampleReport[];
  readonly decode?: DecodeReport;
  readonly large?: { readonly adapter: AdapterReport; readonly decode: DecodeReport };
  readonly http?: HttpLatency & { readonly getP50Ms: number; readonly getP99Ms: number; readonly getMaxMs: number };
  /** Medians of the starts. */
  readonly coldStart?: { readonly healthyMs: number; readonly firstTokenMs: number; readonly starts: number };
  readonly grading?: GradingSpeed;
  readonly machine: Machine;
  readonly loadAfter: number;
  readonly quick: boolean;
}

interface MeasuredDecoding {
  readonly decoding: Decoding;
  readonly bandwidth: ReadBandwidth;
}

export interface Measured {
  readonly ceiling: MatmulCeiling | null;
  readonly train: readonly TrainingStep[];
  readonly sample: readonly Sampling[];
  readonly decode: MeasuredDecoding | null;
  readonly large: (MeasuredDecoding & { readonly adapter: AdapterStep }) | null;
  readonly http: HttpLatency | null;
  readonly coldStart: ColdStart | null;
  readonly grading: GradingSpeed | null;
}

export function throughput(
  work: { readonly tokens: number; readonly flops: number },
  seconds: readonly number[],
  ceilingGflops: number,
): Throughput {
  const fastest = Math.min(...seconds);
  const gflops = work.flops / fastest / 1e9;
  return {
    tokensPerSecond: work.tokens / fastest,
    medianTokensPerSecond: work.tokens / median(seconds),
    gflops,
    ceilingShare: gflops / ceilingGflops,
    samples: seconds.length,
  };
}

function decodeReport({ decoding, bandwidth }: MeasuredDecoding): DecodeReport {
  const { shape, seconds, bytes } = decoding;
  const fastest = Math.min(...seconds);
  return {
    config: shape.name,
    batch: shape.batch,
    msPerToken: 1000 * fastest,
    medianMsPerToken: 1000 * median(seconds),
    tokensPerSecond: shape.batch / fastest,
    weightBytes: bytes,
    readGBs: bandwidth.best,
    bandwidthShare: bytes / (bandwidth.best * 1e9) / fastest,
  };
}

export function assembleReport(
  { ceiling, train, sample, decode, large, http, coldStart, grading }: Measured,
  facts: Pick<Report, "machine" | "loadAfter" | "quick">,
): Report {
  const gflops = ceiling?.ceiling.gflops ?? Number.NaN;
  const step = (probe: TrainingStep, loss: LossName) => throughput(probe, probe.seconds[loss], gflops);
  return {
    ...(ceiling && {
      matmulCeilingGflops: gflops,
      matmulCeilingShape: ceiling.ceiling.shape,
      matmulGflops: Object.fromEntries(ceiling.best),
    }),
    ...(train.length > 0 && {
      train: train.map((probe) => ({
        config: probe.shape.name,
        loss: "grpo" as const,
        ...step(probe, "grpo"),
        crossEntropy: step(probe, "cross-entropy"),
      })),
    }),
    ...(sample.length > 0 && {
      sample: sample.map((probe) => ({
        config: SAMPLING_SHAPE.name,
        batch: SAMPLING_SHAPE.batch,
        topP: probe.topP,
        ...throughput(probe, probe.seconds, gflops),
      })),
    }),
    ...(decode && { decode: decodeReport(decode) }),
    ...(large && {
      large: {
        adapter: {
          config: ADAPTER_SHAPE.name,
          rank: ADAPTER_SHAPE.lora.rank,
          ...throughput(large.adapter, large.adapter.seconds, gflops),
          ...large.adapter.memory,
        },
        decode: decodeReport(large),
      },
    }),
    ...(http && {
      http: {
        getP50Ms: http.duringIteration.p50Ms,
        getP99Ms: http.duringIteration.p99Ms,
        getMaxMs: http.duringIteration.maxMs,
        ...http,
      },
    }),
    ...(coldStart && {
      coldStart: {
        healthyMs: median(coldStart.healthyMs),
        firstTokenMs: median(coldStart.firstTokenMs),
        starts: coldStart.healthyMs.length,
      },
    }),
    ...(grading && { grading }),
    ...facts,
  };
}

const whole = (x: number): string => Math.round(x).toLocaleString("en-US");
const share = (x: number): string => x.toFixed(2);
const ms = (x: number): string => `${x.toFixed(1)} ms`;

export function reportTable(report: Report): string {
  const { machine } = report;
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.threads} threads, ${machine.memoryGiB} GiB, ${machine.platform}`;
  const what = `node ${machine.node}, onnxruntime ${machine.onnxruntime}`;
  const load = `load ${machine.loadBefore.toFixed(1)} before, ${report.loadAfter.toFixed(1)} after`;
  const footer = `${where}\n${what}; ${load}${report.quick ? "; quick: one round" : ""}`;
  const tables = [speedTable(report), decodeTable(report), timeTable(report), gradingTable(report)];
  return [...tables.flat(), footer].join("\n");
}

const emptyTable = (...head: string[]) => new Table({ head, style: { head: [], border: [] } });

function speedTable(report: Report): string[] {
  if (!report.matmulGflops) return [];
  const table = emptyTable("what", "best", "median", "share of ceiling");
  const row = (name: string, x: Throughput) =>
    table.push([name, `${whole(x.tokensPerSecond)} tokens/s`, whole(x.medianTokensPerSecond), share(x.ceilingShare)]);
  for (const [shape, gflops] of Object.entries(report.matmulGflops))
    table.push([`MatMul ${shape}`, `${whole(gflops)} GFLOP/s`, "", share(gflops / report.matmulCeilingGflops!)]);
  for (const train of report.train ?? []) {
    row(`training ${train.config}, GRPO`, train);
    row(`training ${train.config}, cross-entropy`, train.crossEntropy);
  }
  if (report.large) {
    const { adapter } = report.large;
    row(`adapter of rank ${adapter.rank}, ${adapter.config}, GRPO`, adapter);
    const [peak, predicted] = [adapter.peakBytes, adapter.predictedBytes].map((bytes) => (bytes / 1e9).toFixed(1));
    table.push([
      "  its memory",
      `${peak} GB`,
      `predicted ${predicted} GB`,
      share(adapter.peakBytes / adapter.predictedBytes),
    ]);
  }
  for (const x of report.sample ?? []) row(`sampling ${x.config}, ${x.batch} rows, top-p ${x.topP}`, x);
  return [table.toString()];
}

function decodeTable({ decode, large }: Report): string[] {
  const rows = [decode, large?.decode].filter((each) => each !== undefined);
  if (rows.length === 0) return [];
  const table = emptyTable("what", "best", "median", "share of reading the weights once");
  table.push([`reading memory`, `${Math.max(...rows.map(({ readGBs }) => readGBs)).toFixed(1)} GB/s`, "", ""]);
  for (const { config, batch, msPerToken, medianMsPerToken, bandwidthShare } of rows)
    table.push([`a token of ${batch} rows, ${config}`, ms(msPerToken), ms(medianMsPerToken), share(bandwidthShare)]);
  return [table.toString()];
}

function timeTable({ http, coldStart }: Report): string[] {
  if (!http && !coldStart) return [];
  const table = emptyTable("what", "median", "p99", "longest");
  const row = (name: string, x: Latencies) => table.push([name, ms(x.p50Ms), ms(x.p99Ms), ms(x.maxMs)]);
  if (http) {
    const { idle, duringIteration } = http;
    row(`GET, idle, ${idle.requests} requests`, idle);
    row(`GET, iteration running, ${duringIteration.requests} requests`, duringIteration);
    table.push([`training steps seen: ${http.trainingSteps}`, "", "", ""]);
  }
  if (coldStart) {
    table.push([`start to healthy, ${coldStart.starts} starts`, ms(coldStart.healthyMs), "", ""]);
    table.push(["start to first token", ms(coldStart.firstTokenMs), "", ""]);
  }
  return [table.toString()];
}

function gradingTable({ grading }: Report): string[] {
  if (!grading) return [];
  const table = emptyTable("grading", "seconds", "grades/s", "pairs/s");
  const votes = `${whole(grading.questions)} votes of ${grading.samples}`;
  table.push([votes, grading.seconds.toFixed(1), whole(grading.gradesPerSecond), whole(grading.pairsPerSecond)]);
  const again = [grading.rememberedSeconds.toFixed(1), whole(grading.rememberedGradesPerSecond)];
  table.push([`${votes}, remembered`, ...again, whole(grading.pairs / grading.rememberedSeconds)]);
  return [table.toString()];
}
