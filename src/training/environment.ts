/** What the services stand on. Clock, randomness, database and model are parameters, so tests bring their own. */
import type { Curriculum } from "../curriculum/curriculum.ts";
import type { Domain } from "../domains/domain.ts";
import type { BenchmarkLibrary } from "../evaluation/benchmark-library.ts";
import type { JudgeEndpoint } from "../evaluation/judge.ts";
import type { Evaluators } from "../evaluators/ports.ts";
import type { Outbound } from "../outbound/outbound.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { FolderRemoval } from "./folder-removal.ts";
import type { LoadedWeights } from "./loaded-weights.ts";
import type { PolicySource } from "./policy-source.ts";
import type { KeepCheckpoints } from "./retention.ts";

/** The part of a pino logger the services use. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What main and tests bring; services add the rest. */
export type Surroundings = Omit<Environment, "evaluators" | "removal">;

export interface Environment {
  readonly curriculum: Curriculum;
  readonly policy: PolicySource;
  readonly weights: LoadedWeights;
  /** By name; the first is what a run uses that names none. */
  readonly domains: readonly Domain[];
  readonly benchmarks: BenchmarkLibrary;
  /** Null: none is configured. */
  readonly judge: JudgeEndpoint | null;
  /** Checkpoints go to `checkpoints/` in it. */
  readonly dataDirectory: string;
  /** Backups go to folders in it. */
  readonly backupsDirectory: string;
  /** Of checkpoints' folders. */
  readonly removal: FolderRemoval;
  /** Which checkpoints a run keeps. */
  readonly keepCheckpoints: KeepCheckpoints;
  readonly now: () => Date;
  /** In [0, 1). For seeds that nobody gave, which are recorded, and to spread retries. */
  readonly random: () => number;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** The way to URLs that users gave. */
  readonly outbound: Outbound;
  readonly evaluators: Evaluators;
  /** Operations that may wait at once. */
  readonly maxQueued: number;
}

export const timestamp = (environment: Pick<Environment, "now">): string => environment.now().toISOString();

/** `from`: milliseconds since 1970. 0 where the clock went back meanwhile: no time is less than none. */
export const secondsSince = (environment: Pick<Environment, "now">, from: number): number =>
  Math.max(0, environment.now().getTime() - from) / 1000;

/** An unsigned 32-bit seed nobody chose. Whoever draws one records it. */
export const freshSeed = (environment: Pick<Environment, "random">): number =>
  Math.floor(environment.random() * 2 ** 32);
