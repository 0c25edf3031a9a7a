/** Every operation of the contract, in the order of the document. What is not here does not exist. */
import { createBackup } from "./backups/create-backup.ts";
import { deleteBackup } from "./backups/delete-backup.ts";
import { getBackup } from "./backups/get-backup.ts";
import { listBackups } from "./backups/list-backups.ts";
import { deleteCheckpoint } from "./checkpoints/delete-checkpoint.ts";
import { downloadCheckpoint } from "./checkpoints/download-checkpoint.ts";
import { getCheckpoint } from "./checkpoints/get-checkpoint.ts";
import { listCheckpoints } from "./checkpoints/list-checkpoints.ts";
import { updateCheckpoint } from "./checkpoints/update-checkpoint.ts";
import { createChatCompletion } from "./completions/create-chat-completion.ts";
import { createCompletion } from "./completions/create-completion.ts";
import { getDocs } from "./docs/get-docs.ts";
import { getDocsFile } from "./docs/get-docs-file.ts";
import type { Endpoint } from "./edge/endpoint.ts";
import { cancelEvaluation } from "./evaluations/cancel-evaluation.ts";
import { compareEvaluations } from "./evaluations/compare-evaluations.ts";
import { createEvaluations } from "./evaluations/create-evaluations.ts";
import { getEvaluation } from "./evaluations/get-evaluation.ts";
import { listBenchmarks } from "./evaluations/list-benchmarks.ts";
import { listEvaluationResults } from "./evaluations/list-evaluation-results.ts";
import { listEvaluations } from "./evaluations/list-evaluations.ts";
import { createEvaluator } from "./evaluators/create-evaluator.ts";
import { deleteEvaluator } from "./evaluators/delete-evaluator.ts";
import { getEvaluator } from "./evaluators/get-evaluator.ts";
import { getEvaluatorCall } from "./evaluators/get-evaluator-call.ts";
import { listEvaluatorCalls } from "./evaluators/list-evaluator-calls.ts";
import { listEvaluators } from "./evaluators/list-evaluators.ts";
import { rotateEvaluatorSecret } from "./evaluators/rotate-evaluator-secret.ts";
import { testEvaluator } from "./evaluators/test-evaluator.ts";
import { updateEvaluator } from "./evaluators/update-evaluator.ts";
import { cancelIteration } from "./iterations/cancel-iteration.ts";
import { getIteration } from "./iterations/get-iteration.ts";
import { listIterationSteps } from "./iterations/list-iteration-steps.ts";
import { listIterations } from "./iterations/list-iterations.ts";
import { startIterations } from "./iterations/start-iterations.ts";
import { getModel } from "./models/get-model.ts";
import { listModels } from "./models/list-models.ts";
import { cancelOperation } from "./operations/cancel-operation.ts";
import { getOperation } from "./operations/get-operation.ts";
import { listOperationEvents } from "./operations/list-operation-events.ts";
import { listOperations } from "./operations/list-operations.ts";
import { pauseOperation } from "./operations/pause-operation.ts";
import { resumeOperation } from "./operations/resume-operation.ts";
import { createQuestions } from "./questions/create-questions.ts";
import { getQuestion } from "./questions/get-question.ts";
import { listQuestions } from "./questions/list-questions.ts";
import { createRun } from "./runs/create-run.ts";
import { deleteRun } from "./runs/delete-run.ts";
import { getRun } from "./runs/get-run.ts";
import { listPresets } from "./runs/list-presets.ts";
import { listRuns } from "./runs/list-runs.ts";
import { updateRun } from "./runs/update-run.ts";
import { createScores } from "./scores/create-scores.ts";
import { getHealth } from "./service/get-health.ts";
import { getIndex } from "./service/get-index.ts";
import { getMetrics } from "./service/get-metrics.ts";
import { getOpenApiJson } from "./service/get-openapi-json.ts";
import { getOpenApiYaml } from "./service/get-openapi-yaml.ts";
import { getReadiness } from "./service/get-readiness.ts";
import { createSolutions } from "./solutions/create-solutions.ts";
import { getSolution } from "./solutions/get-solution.ts";
import { listRollouts } from "./solutions/list-rollouts.ts";
import { listSolutions } from "./solutions/list-solutions.ts";
import { detokenize } from "./tokenizer/detokenize.ts";
import { getTokenizerInfo } from "./tokenizer/get-tokenizer-info.ts";
import { tokenize } from "./tokenizer/tokenize.ts";
import { createTrainingStep } from "./training-steps/create-training-step.ts";
import { getTrainingStep } from "./training-steps/get-training-step.ts";
import { listTrainingSteps } from "./training-steps/list-training-steps.ts";
import { createWebhookEndpoint } from "./webhooks/create-webhook-endpoint.ts";
import { deleteWebhookEndpoint } from "./webhooks/delete-webhook-endpoint.ts";
import { getWebhookDelivery } from "./webhooks/get-webhook-delivery.ts";
import { getWebhookEndpoint } from "./webhooks/get-webhook-endpoint.ts";
import { listWebhookDeliveries } from "./webhooks/list-webhook-deliveries.ts";
import { listWebhookEndpoints } from "./webhooks/list-webhook-endpoints.ts";
import { resendWebhookDelivery } from "./webhooks/resend-webhook-delivery.ts";
import { rotateWebhookSecret } from "./webhooks/rotate-webhook-secret.ts";
import { testWebhookEndpoint } from "./webhooks/test-webhook-endpoint.ts";
import { updateWebhookEndpoint } from "./webhooks/update-webhook-endpoint.ts";

export const endpoints: readonly Endpoint[] = [
  createRun,
  listRuns,
  getRun,
  updateRun,
  deleteRun,
  listPresets,
  startIterations,
  listIterations,
  getIteration,
  listIterationSteps,
  cancelIteration,
  createQuestions,
  listQuestions,
  getQuestion,
  createSolutions,
  listSolutions,
  getSolution,
  listRollouts,
  createScores,
  createTrainingStep,
  listTrainingSteps,
  getTrainingStep,
  createEvaluations,
  listEvaluations,
  getEvaluation,
  listEvaluationResults,
  cancelEvaluation,
  compareEvaluations,
  listBenchmarks,
  listCheckpoints,
  getCheckpoint,
  updateCheckpoint,
  downloadCheckpoint,
  deleteCheckpoint,
  listOperations,
  getOperation,
  pauseOperation,
  resumeOperation,
  cancelOperation,
  listOperationEvents,
  createBackup,
  listBackups,
  getBackup,
  deleteBackup,
  createEvaluator,
  listEvaluators,
  getEvaluator,
  updateEvaluator,
  deleteEvaluator,
  rotateEvaluatorSecret,
  testEvaluator,
  listEvaluatorCalls,
  getEvaluatorCall,
  createWebhookEndpoint,
  listWebhookEndpoints,
  getWebhookEndpoint,
  updateWebhookEndpoint,
  deleteWebhookEndpoint,
  rotateWebhookSecret,
  testWebhookEndpoint,
  listWebhookDeliveries,
  getWebhookDelivery,
  resendWebhookDelivery,
  listModels,
  getModel,
  createCompletion,
  createChatCompletion,
  tokenize,
  detokenize,
  getTokenizerInfo,
  getIndex,
  getHealth,
  getReadiness,
  getOpenApiJson,
  getOpenApiYaml,
  getDocs,
  getDocsFile,
  getMetrics,
];
