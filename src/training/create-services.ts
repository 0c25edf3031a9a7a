/** Joins the services over one environment, and starts and stops what runs behind them. */

import { BackupFolders } from "../backup/backup-folders.ts";
import { createEvaluatorService } from "../evaluators/evaluator-service.ts";
import { HttpEvaluators } from "../evaluators/http-evaluators.ts";
import { WebhookDispatcher } from "../webhooks/dispatcher.ts";
import { Outbox } from "../webhooks/outbox.ts";
import { createWebhookService } from "../webhooks/webhook-service.ts";
import { backupOperation } from "./backup-operation.ts";
import { createBackupService } from "./backup-service.ts";
import { createCheckpointService } from "./checkpoint-service.ts";
import { removeOrphans } from "./checkpoint-store.ts";
import { createCompletionService } from "./completion-service.ts";
import type { Environment, Surroundings } from "./environment.ts";
import { evaluationOperation } from "./evaluation-operation.ts";
import { createEvaluationService } from "./evaluation-service.ts";
import { EventLog } from "./event-log.ts";
import { translatingErrors } from "./failures.ts";
import { FolderRemoval } from "./folder-removal.ts";
import { createHealthService } from "./health-service.ts";
import { iterationOperation } from "./iteration-operation.ts";
import { createIterationService } from "./iteration-service.ts";
import { createModelService } from "./model-service.ts";
import { OperationQueue } from "./operation-queue.ts";
import { createOperationService } from "./operation-service.ts";
import { proposeOperation } from "./propose-operation.ts";
import { createQuestionService } from "./question-service.ts";
import { pruneEveryRun } from "./retention.ts";
import { createRunService } from "./run-service.ts";
import { createScoreService } from "./score-service.ts";
import type { Services } from "./services.ts";
import { createSolutionService } from "./solution-service.ts";
import { solveOperation } from "./solve-operation.ts";
import { createTokenizerService } from "./tokenizer-service.ts";
import { trainingStepOperation } from "./training-step-operation.ts";
import { createTrainingStepService } from "./training-step-service.ts";

export interface RunningServices {
  readonly services: Services;
  /** Cleans up after a crash, and goes on with what it interrupted and with what is queued. */
  start(): Promise<void>;
  /** Suspends the running operation: it goes on at the next start, and so does what is queued. */
  stop(): Promise<void>;
  /** Resolves when nothing is queued or running. */
  idle(): Promise<void>;
}

export function createServices(surroundings: Surroundings): RunningServices {
  const evaluators = new HttpEvaluators(surroundings);
  const removal = new FolderRemoval(surroundings.dataDirectory);
  const environment: Environment = { ...surroundings, evaluators, removal };
  const backups = new BackupFolders(environment.backupsDirectory);
  const outbox = new Outbox(environment.curriculum);
  const dispatcher = new WebhookDispatcher(environment);
  outbox.onQueued(() => dispatcher.wake());
  const events = new EventLog(environment, outbox);
  const queue = new OperationQueue({
    environment,
    events,
    handlers: {
      iterations: iterationOperation(environment),
      questions: proposeOperation(environment),
      solutions: solveOperation(environment),
      "training-step": trainingStepOperation(environment),
      evaluations: evaluationOperation(environment),
      backup: backupOperation(environment, backups),
    },
  });
  const models = createModelService(environment);
  return {
    services: {
      runs: translatingErrors(createRunService(environment)),
      iterations: translatingErrors(createIterationService(environment, queue)),
      questions: translatingErrors(createQuestionService(environment, queue)),
      solutions: translatingErrors(createSolutionService(environment, queue)),
      scores: translatingErrors(createScoreService(environment)),
      trainingSteps: translatingErrors(createTrainingStepService(environment, queue)),
      evaluations: translatingErrors(createEvaluationService(environment, queue, models)),
      checkpoints: translatingErrors(createCheckpointService(environment)),
      backups: translatingErrors(createBackupService(environment, queue, backups)),
      operations: translatingErrors(createOperationService(environment, queue, events)),
      models: translatingErrors(models),
      completions: translatingErrors(createCompletionService(environment, models)),
      tokenizer: translatingErrors(createTokenizerService(environment, models)),
      webhooks: translatingErrors(createWebhookService(environment, outbox, dispatcher)),
      evaluators: translatingErrors(createEvaluatorService(environment, evaluators)),
      health: createHealthService(environment),
    },
    start: async () => {
      const recovery = await environment.curriculum.recover();
      await environment.removal.remove(recovery.directories);
      const orphans = [...(await removeOrphans(environment)), ...(await backups.removeUnfinished())];
      await pruneEveryRun(environment);
      if (recovery.discardedRows + recovery.deletedRuns.length + orphans.length > 0) {
        environment.log.warn({ ...recovery, orphans }, "cleaned up after a crash");
      }
      queue.start();
      dispatcher.wake();
    },
    stop: async () => {
      await queue.stop();
      await dispatcher.stop();
    },
    idle: () => queue.idle(),
  };
}
