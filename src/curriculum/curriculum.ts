/** The door to storage: everything a run was and made. Open it once, in main; tests open `:memory:` or a file of theirs. */
import type { IdempotencyStore } from "../records/idempotency.ts";
import {
  type BenchmarkEvaluationsRepository,
  createBenchmarkEvaluationsRepository,
} from "./benchmark-evaluations-repository.ts";
import { discardBulkInserts } from "./bulk-write.ts";
import { type CheckpointsRepository, createCheckpointsRepository } from "./checkpoints-repository.ts";
import { type DatabaseOptions, type Db, openDatabase } from "./client.ts";
import type { CurriculumError } from "./curriculum-error.ts";
import { damaged, damageOf, watched } from "./damage.ts";
import { createEvaluationsRepository, type EvaluationsRepository } from "./evaluations-repository.ts";
import { createEvaluatorsRepository, type EvaluatorsRepository } from "./evaluators-repository.ts";
import { createEventsRepository, type EventsRepository } from "./events-repository.ts";
import { createIdempotencyRepository, releaseAbandonedKeys } from "./idempotency-repository.ts";
import { createIds, type MakeId } from "./ids.ts";
import { type Integrity, integrityOf } from "./integrity.ts";
import { createIterationsRepository, type IterationsRepository } from "./iterations-repository.ts";
import { createJudgeVerdictsRepository, type JudgeVerdictsRepository } from "./judge-verdicts-repository.ts";
import { lastId } from "./last-id.ts";
import { createMemoryRepository, type MemoryRepository } from "./memory-repository.ts";
import { createMetricsRepository, type MetricsRepository } from "./metrics-repository.ts";
import { createOperationsRepository, type OperationsRepository } from "./operations-repository.ts";
import { createPhasesRepository, type PhasesRepository } from "./phases-repository.ts";
import { createPiecesRepository, type PiecesRepository } from "./pieces-repository.ts";
import { createQuestionsRepository, type QuestionsRepository } from "./questions-repository.ts";
import { createRolloutsRepository, type RolloutsRepository } from "./rollouts-repository.ts";
import { deleteRun, interruptedDeletions } from "./run-deletion.ts";
import { createRunsRepository, type RunsRepository } from "./runs-repository.ts";
import { createSolutionsRepository, type SolutionsRepository } from "./solutions-repository.ts";
import { createStepsRepository, type StepsRepository } from "./steps-repository.ts";
import { discardMadeAfter } from "./unfinished-work.ts";
import { createWebhooksRepository, type WebhooksRepository } from "./webhooks-repository.ts";

/** Repositories throw CurriculumError; what they promise is said in their files. */
export interface Curriculum {
  readonly runs: RunsRepository;
  readonly iterations: IterationsRepository;
  readonly phases: PhasesRepository;
  readonly pieces: PiecesRepository;
  readonly steps: StepsRepository;
  readonly questions: QuestionsRepository;
  readonly memory: MemoryRepository;
  readonly solutions: SolutionsRepository;
  readonly rollouts: RolloutsRepository;
  readonly checkpoints: CheckpointsRepository;
  readonly operations: OperationsRepository;
  readonly events: EventsRepository;
  readonly metrics: MetricsRepository;
  /** On held-out questions, within iterations. */
  readonly evaluations: EvaluationsRepository;
  readonly benchmarkEvaluations: BenchmarkEvaluationsRepository;
  readonly judgeVerdicts: JudgeVerdictsRepository;
  readonly webhooks: WebhooksRepository;
  readonly evaluators: EvaluatorsRepository;
  readonly idempotency: IdempotencyStore;
  readonly makeId: MakeId;
  /**
   * All of `write` or nothing of it. Synchronous: a function that returns a promise is refused, and so are the bulk
   * writes (`insertMany`, `judge`, ...), which make their own transactions. May be nested.
   */
  transaction<T>(write: () => T): T;
  /** At start, before anything else writes: cleans up after a crash. Operations are left to who runs them. */
  recover(): Promise<Recovery>;
  /** Before an operation resumes: removes what the run made after the id `mark`. See unfinished-work.ts. */
  discardMadeAfter(runId: string, mark: string): number;
  /** Counts and checks everything: for whoever doubts. */
  integrity(): Integrity;
  close(): void;
}

export interface Recovery {
  /** Rows of bulk inserts that were cut off, removed. */
  readonly discardedRows: number;
  /** Idempotency keys whose request was cut off before it made anything, released. */
  readonly releasedKeys: number;
  /** Runs whose deletion was cut off, now gone. */
  readonly deletedRuns: readonly string[];
  /** Their checkpoints' directories: the caller removes them. */
  readonly directories: readonly string[];
}

export interface CurriculumOptions extends DatabaseOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** In [0, 1); only ids depend on it. */
  readonly random: () => number;
  /** Told of damage that is met after the file was opened; what met it fails all the same. */
  readonly onDamage?: (damage: CurriculumError) => void;
}

/** Opens and migrates. Throws CurriculumError `incompatible-database` and `damaged-database`. */
export function openCurriculum(options: CurriculumOptions): Curriculum {
  const { file, onDamage } = options;
  const curriculum = repositoriesOf(openDatabase(options), options);
  if (onDamage === undefined) return curriculum;
  return watched(curriculum, (error) => {
    const damage = damageOf(error);
    if (damage !== null) onDamage(damaged(file, damage, error));
  });
}

function repositoriesOf(db: Db, options: CurriculumOptions): Curriculum {
  const pieces = createPiecesRepository(db);
  return {
    runs: createRunsRepository(db),
    iterations: createIterationsRepository(db),
    phases: createPhasesRepository(db),
    pieces,
    steps: createStepsRepository(db),
    questions: createQuestionsRepository(db),
    memory: createMemoryRepository(db),
    solutions: createSolutionsRepository(db),
    rollouts: createRolloutsRepository(db),
    checkpoints: createCheckpointsRepository(db),
    operations: createOperationsRepository(db),
    events: createEventsRepository(db),
    metrics: createMetricsRepository(db),
    evaluations: createEvaluationsRepository(db),
    benchmarkEvaluations: createBenchmarkEvaluationsRepository(db),
    judgeVerdicts: createJudgeVerdictsRepository(db, options.now),
    webhooks: createWebhooksRepository(db),
    evaluators: createEvaluatorsRepository(db),
    idempotency: createIdempotencyRepository(db, options.now),
    makeId: createIds(options, lastId(db)),
    transaction: (write) => db.$client.transaction(write).immediate(),
    recover: async () => {
      const discardedRows = discardBulkInserts(db);
      const releasedKeys = releaseAbandonedKeys(db);
      const deletedRuns = interruptedDeletions(db);
      const directories: string[] = [];
      await pieces.forgetEnded();
      for (const run of deletedRuns) directories.push(...(await deleteRun(db, run)));
      return { discardedRows, releasedKeys, deletedRuns, directories };
    },
    discardMadeAfter: (runId, mark) => discardMadeAfter(db, runId, mark),
    integrity: () => integrityOf(db),
    close: () => db.$client.close(),
  };
}
