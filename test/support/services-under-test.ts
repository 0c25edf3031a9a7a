/** All services over a real database and a policy of the test's choice, in a folder of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Curriculum, openCurriculum } from "../../src/curriculum/curriculum.ts";
import type { Domain } from "../../src/domains/domain.ts";
import { allDomains } from "../../src/domains/domains.ts";
import { createBenchmarkLibrary } from "../../src/evaluation/benchmark-library.ts";
import type { JudgeEndpoint } from "../../src/evaluation/judge.ts";
import { WorkerGrader } from "../../src/grading/worker/worker-grader.ts";
import { readAllowList } from "../../src/outbound/allow-list.ts";
import { createOutbound } from "../../src/outbound/outbound.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Operation } from "../../src/records/records.ts";
import { type Telemetry, unrecorded } from "../../src/telemetry/telemetry.ts";
import { createServices, type RunningServices } from "../../src/training/create-services.ts";
import type { Log } from "../../src/training/environment.ts";
import { LoadedWeights } from "../../src/training/loaded-weights.ts";
import { openInBackground } from "../../src/training/policy-source.ts";
import type { KeepCheckpoints } from "../../src/training/retention.ts";
import type { RunOverrides, Services } from "../../src/training/services.ts";
import { openArithmeticPolicy } from "./arithmetic-script.ts";

export interface ServicesUnderTest {
  readonly services: Services;
  readonly running: RunningServices;
  readonly curriculum: Curriculum;
  readonly policy: Policy;
  readonly directory: string;
  /** Messages of warnings and errors. */
  readonly logged: readonly string[];
  /** Waits for an operation's end. */
  ended(operation: Operation): Promise<Operation>;
  /** Ends the services as a shutdown does; the folder stays. */
  stop(): Promise<void>;
  /** As `stop`, and the folder goes. */
  remove(): Promise<void>;
}

export interface TestOptions {
  readonly policy?: Policy;
  readonly domains?: readonly Domain[];
  /** Of services that were stopped or abandoned before. */
  readonly directory?: string;
  readonly maxQueued?: number;
  readonly keepCheckpoints?: KeepCheckpoints;
  /** Of benchmarks; none unless given. */
  readonly benchmarksDirectory?: string;
  readonly judge?: JudgeEndpoint;
  readonly telemetry?: Telemetry;
  readonly now?: () => Date;
}

export async function startServices(options: TestOptions = {}): Promise<ServicesUnderTest> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "rzero-services-"));
  const policy = options.policy ?? openArithmeticPolicy();
  const now = options.now ?? (() => new Date());
  const curriculum = openCurriculum({
    file: join(directory, "rzero.sqlite"),
    now: () => now().getTime(),
    random: Math.random,
  });
  const logged: string[] = [];
  const log: Log = {
    info: () => undefined,
    warn: (_, message) => logged.push(message),
    error: (_, message) => logged.push(message),
  };
  // Starts no process unless the test asks it something that is no plain number.
  const grader = new WorkerGrader();
  const domains = options.domains ?? allDomains(grader);
  const source = openInBackground(async () => policy);
  const running = createServices({
    curriculum,
    policy: source,
    weights: new LoadedWeights(curriculum, directory),
    domains,
    benchmarks: createBenchmarkLibrary({
      directory: options.benchmarksDirectory ?? join(directory, "benchmarks"),
      domains,
      grader,
    }),
    judge: options.judge ?? null,
    dataDirectory: directory,
    backupsDirectory: join(directory, "backups"),
    keepCheckpoints: options.keepCheckpoints ?? "all",
    now,
    random: Math.random,
    log,
    telemetry: options.telemetry ?? unrecorded,
    outbound: createOutbound({ allow: readAllowList(["127.0.0.1"]).allow, userAgent: "rzero/test" }),
    maxQueued: options.maxQueued ?? 100,
  });
  await source.get();
  await running.start();
  const stop = async () => {
    grader.close();
    await running.stop();
    await source.close();
    curriculum.close();
  };
  return {
    services: running.services,
    running,
    curriculum,
    policy,
    directory,
    logged,
    ended: (operation) => running.services.operations.wait(operation.id, 60),
    stop,
    remove: async () => {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const sampling = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 60 };

/** A run that is over in a second on the toy model. */
export const smallRun: RunOverrides = {
  challenger: { steps: 2, promptsPerStep: 4, groupSize: 4, learningRate: 0.05, sampling },
  solver: { steps: 3, promptsPerStep: 6, groupSize: 6, learningRate: 0.1, sampling },
  votes: { samples: 6, sampling },
  pool: { size: 40, sampling, difficultyBand: { min: 0.3, max: 0.9 }, dropDuplicates: true },
  evaluation: { questions: 16, samples: 4, sampling },
};

/** The same with every part of the lasting recipe that decides something, at once. */
export const everyPart: RunOverrides = {
  ...smallRun,
  challenger: { ...(smallRun.challenger as object), memoryWeight: 0.5, checkedOnly: true },
  solver: {
    ...(smallRun.solver as object),
    replayShare: 0.4,
    labelWeighting: "share",
    klAnchor: "base",
    klCoef: 0.1,
    questionOrder: "prioritized",
  },
  pool: {
    ...(smallRun.pool as object),
    gate: {
      nearDuplicate: 0.9,
      acrossIterations: true,
      minMargin: 0.2,
      maxLuck: 0.5,
      proposerAgrees: false,
      decompositions: 2,
      looksBy: "base",
      keepCorrected: true,
      decompositionShare: 0.4,
    },
  },
  stopOn: { collapseRisk: 0.9, iterationsWithoutGain: 2 },
};
