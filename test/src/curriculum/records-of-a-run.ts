/** Valid records to start from; each test changes what it is about. */
import type { Curriculum } from "../../../src/curriculum/curriculum.ts";
import type { NewOperation } from "../../../src/curriculum/operations-repository.ts";
import type { EvaluationItem } from "../../../src/records/evaluation-item.ts";
import type { Evaluation, EvaluationResult, GradedAnswer } from "../../../src/records/evaluations.ts";
import type {
  Checkpoint,
  Iteration,
  Phase,
  Question,
  Rollout,
  Run,
  Solution,
  Step,
  StepMetrics,
} from "../../../src/records/records.ts";
import type { WebhookAttempt, WebhookDelivery, WebhookEndpoint } from "../../../src/records/webhook.ts";
import { PRESETS } from "../../../src/rzero/presets.ts";
import type { RunConfig } from "../../../src/rzero/run-config.ts";

export const AT = "2026-01-02T03:04:05.678Z";
export const LATER = "2026-01-02T04:05:06.789Z";
export const BASE_DIGEST = `sha256:${"b".repeat(64)}`;

export const config: RunConfig = PRESETS[0]!.config;

export const stepMetrics: StepMetrics = {
  reward: 0.5,
  rewardParts: { uncertaintyReward: 0.75, repetitionPenalty: 0.25 },
  groups: 8,
  constantGroups: 1,
  sequences: 32,
  loss: -0.01,
  kl: 0.001,
  entropy: 1.5,
  clipFraction: 0,
  gradNorm: 0.7,
  meanTokens: 21,
  truncatedFraction: 0,
  logprobGapMean: 1e-6,
  logprobGapMax: 1e-5,
  sampledTokensPerSecond: 19000,
  trainedTokensPerSecond: 14000,
};

export function baseCheckpoint(c: Curriculum, change: Partial<Checkpoint> = {}): Checkpoint {
  const id = c.makeId("checkpoint");
  return {
    id,
    runId: null,
    iterationId: null,
    role: "base",
    model: "abacus",
    digest: BASE_DIGEST,
    policyVersion: 0,
    parents: [],
    directory: `checkpoints/${id}`,
    bytes: 1234,
    metrics: {},
    pinned: false,
    prunedAt: null,
    createdAt: AT,
    ...change,
  };
}

/** A stored run that stands on a base checkpoint of its own. */
export function storedRun(c: Curriculum, change: Partial<Run> = {}): Run {
  const base = baseCheckpoint(c);
  c.checkpoints.insert(base);
  const run: Run = {
    id: c.makeId("run"),
    createdAt: AT,
    model: "abacus",
    domain: "arithmetic",
    preset: "stable",
    seed: 7,
    labels: { owner: "ada" },
    config,
    challengerCheckpointId: base.id,
    solverCheckpointId: base.id,
    baseEvaluation: null,
    bestCheckpointId: null,
    stopReason: null,
    ...change,
  };
  c.runs.insert(run);
  return run;
}

export const newOperation = (
  c: Curriculum,
  runId: string | null,
  change: Partial<NewOperation> = {},
): NewOperation => ({
  id: c.makeId("operation"),
  kind: "iterations",
  state: "queued",
  runId,
  resources: [],
  request: { count: 1 },
  result: null,
  error: null,
  progress: null,
  createdAt: AT,
  startedAt: null,
  finishedAt: null,
  ...change,
});

export const newIteration = (
  c: Curriculum,
  runId: string,
  operationId: string,
  change: Partial<Iteration> = {},
): Iteration => ({
  id: c.makeId("iteration"),
  runId,
  number: 1,
  state: "queued",
  operationId,
  createdAt: AT,
  startedAt: null,
  finishedAt: null,
  seconds: null,
  challengerFrom: null,
  challengerTo: null,
  solverFrom: null,
  solverTo: null,
  metrics: null,
  gate: null,
  error: null,
  ...change,
});

export const newPhase = (c: Curriculum, iterationId: string, change: Partial<Phase> = {}): Phase => ({
  id: c.makeId("phase"),
  iterationId,
  kind: "challenger",
  state: "running",
  startedAt: AT,
  finishedAt: null,
  ...change,
});

export const newStep = (c: Curriculum, runId: string, change: Partial<Step> = {}): Step => ({
  id: c.makeId("step"),
  runId,
  iterationId: null,
  phaseId: null,
  operationId: null,
  role: "solver",
  number: 1,
  policyVersion: 1,
  weightsBefore: BASE_DIGEST,
  weightsAfter: `sha256:${"c".repeat(64)}`,
  skipped: null,
  metrics: stepMetrics,
  createdAt: AT,
  seconds: 1.5,
  ...change,
});

export const newQuestion = (c: Curriculum, runId: string, change: Partial<Question> = {}): Question => ({
  id: c.makeId("question"),
  runId,
  iterationId: null,
  phaseKind: null,
  source: "challenger",
  state: "proposed",
  text: "12+18-2",
  proposedAnswer: "28",
  rolloutId: null,
  pseudoLabel: null,
  majorityShare: null,
  labelCorrect: null,
  verification: null,
  decomposition: null,
  createdAt: AT,
  ...change,
});

export const newSolution = (
  c: Curriculum,
  runId: string,
  questionId: string,
  change: Partial<Solution> = {},
): Solution => ({
  id: c.makeId("solution"),
  runId,
  questionId,
  samples: 10,
  withoutAnswer: 1,
  groups: [
    { answer: "28", count: 6, how: { string: 5, numeric: 1 } },
    { answer: "30", count: 3 },
  ],
  pseudoLabel: "28",
  majorityShare: 0.6,
  gradingErrors: { "deadline-exceeded": 1 },
  weights: BASE_DIGEST,
  policyVersion: 0,
  createdAt: AT,
  ...change,
});

export const newRollout = (c: Curriculum, runId: string, change: Partial<Rollout> = {}): Rollout => ({
  id: c.makeId("rollout"),
  runId,
  role: "solver",
  questionId: null,
  solutionId: null,
  stepId: null,
  group: 0,
  sample: 0,
  seed: 4294967295,
  prompt: "12+18-2=",
  text: "30,28",
  promptTokenIds: [1, 300, 70000],
  tokenIds: [5, 6, 2],
  sampledLogprobs: Float32Array.of(-0.25, -1.5, -0),
  rawLogprobs: Float32Array.of(-0.5, -1.75, Number.NEGATIVE_INFINITY),
  finishReason: "stop",
  temperature: 0.7,
  weights: BASE_DIGEST,
  policyVersion: 3,
  answer: "28",
  verdict: "numeric",
  reward: 1,
  rewardParts: { correct: 1 },
  advantage: -0.5,
  createdAt: AT,
  ...change,
});

export const newEvaluation = (c: Curriculum, runId: string, change: Partial<EvaluationItem> = {}): EvaluationItem => ({
  id: c.makeId("evaluation"),
  runId,
  iterationId: null,
  role: "solver",
  weights: BASE_DIGEST,
  policyVersion: 0,
  itemId: "held-1",
  question: "1+1",
  reference: "2",
  skill: "addition",
  answers: ["2", null, "3", "2"],
  correct: 2,
  greedyAnswer: "2",
  greedyCorrect: true,
  createdAt: AT,
  ...change,
});

export const newBenchmarkEvaluation = (
  c: Curriculum,
  operationId: string,
  change: Partial<Evaluation> = {},
): Evaluation => ({
  id: c.makeId("evaluation"),
  operationId,
  runId: null,
  benchmark: "gsm8k",
  model: "abacus",
  weights: BASE_DIGEST,
  seed: 7,
  settings: {
    samples: 1,
    k: 1,
    greedy: true,
    limit: null,
    sampling: { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 64 },
    judge: { model: null },
  },
  itemsDigest: null,
  items: null,
  state: "queued",
  summary: null,
  error: null,
  createdAt: AT,
  startedAt: null,
  finishedAt: null,
  ...change,
});

const gradedAnswer: GradedAnswer = {
  text: "so \\boxed{2}",
  answer: "2",
  correct: true,
  how: "string",
  truncated: false,
  tokens: 5,
  judge: { equivalent: false },
};

export const newResult = (evaluationId: string, position: number): EvaluationResult => ({
  evaluationId,
  position,
  itemId: `item-${position}`,
  question: "1+1",
  reference: "2",
  skill: "all",
  samples: [gradedAnswer],
  greedy: { ...gradedAnswer, answer: null, correct: false, how: null, judge: null },
  majority: { answer: "2", correct: true },
});

/** A run with at least one row in every table that belongs to runs. */
export async function fullRun(c: Curriculum) {
  const run = storedRun(c);
  const operation = c.operations.insert(newOperation(c, run.id));
  c.events.append({ operationId: operation.id, type: "operation.queued", data: {}, createdAt: AT });
  const iteration = newIteration(c, run.id, operation.id);
  c.iterations.insert(iteration);
  const phase = newPhase(c, iteration.id);
  c.phases.insert(phase);
  await c.pieces.insert(phase.id, Buffer.alloc(32, 7), [Buffer.from("{}"), Buffer.from("[]")]);
  const step = newStep(c, run.id, { iterationId: iteration.id, phaseId: phase.id, operationId: operation.id });
  c.steps.insert(step);
  const proposal = newRollout(c, run.id, { role: "challenger", stepId: step.id });
  await c.rollouts.insertMany([proposal]);
  const question = newQuestion(c, run.id, { iterationId: iteration.id, phaseKind: "pool", rolloutId: proposal.id });
  await c.questions.insertMany([question]);
  await c.memory.rememberAll([question], ({ id }) => ({
    questionId: id,
    iterationId: iteration.id,
    view: "template",
    bands: [1, 2, 3, 4, 5, 6, 7, 2 ** 52 - 1],
  }));
  await c.memory.rememberKinds(iteration.id, new Map([[question.id, 3]]));
  const solution = newSolution(c, run.id, question.id);
  await c.solutions.insertMany([solution]);
  const rollouts = [0, 1, 2].map((sample) =>
    newRollout(c, run.id, { questionId: question.id, solutionId: solution.id, stepId: step.id, sample }),
  );
  await c.rollouts.insertMany(rollouts);
  const checkpoint = baseCheckpoint(c, { runId: run.id, iterationId: iteration.id, role: "solver" });
  c.checkpoints.insert(checkpoint);
  c.runs.setCheckpoint(run.id, "solver", checkpoint.id);
  c.metrics.record([
    { runId: run.id, iterationId: iteration.id, stepId: null, name: "pool.kept", value: 3, createdAt: AT },
    { runId: run.id, iterationId: iteration.id, stepId: step.id, name: "entropy", value: 1.5, createdAt: AT },
  ]);
  await c.evaluations.insertMany([newEvaluation(c, run.id, { iterationId: iteration.id })]);
  const evaluation = newBenchmarkEvaluation(c, operation.id, { runId: run.id });
  c.benchmarkEvaluations.insert(evaluation);
  await c.benchmarkEvaluations.addResults([0, 1, 2].map((position) => newResult(evaluation.id, position)));
  return { run, operation, iteration, phase, step, proposal, question, solution, rollouts, checkpoint, evaluation };
}

/** An endpoint, a message to it and an attempt to deliver that. */
export function storedMessage(c: Curriculum): {
  endpoint: WebhookEndpoint;
  delivery: WebhookDelivery;
  attempt: WebhookAttempt;
} {
  const endpoint: WebhookEndpoint = {
    id: c.makeId("webhookEndpoint"),
    url: "https://hooks.example/?key=1",
    description: "tells the team",
    events: ["operation.failed", "checkpoint.created"],
    enabled: true,
    disabledReason: null,
    failingSince: AT,
    createdAt: AT,
  };
  const delivery: WebhookDelivery = {
    id: c.makeId("webhookDelivery"),
    endpointId: endpoint.id,
    type: "operation.failed",
    operationId: "op_gone",
    body: '{"type":"operation.failed"}',
    state: "pending",
    attempts: 1,
    round: 1,
    nextAttemptAt: LATER,
    createdAt: AT,
    finishedAt: null,
  };
  const attempt: WebhookAttempt = {
    deliveryId: delivery.id,
    number: 1,
    startedAt: AT,
    milliseconds: 12,
    outcome: "bad-status",
    status: 503,
    message: "answered 503",
    response: "later",
  };
  c.webhooks.insertEndpoint(endpoint, [{ secret: "whsec_x", expiresAt: null }]);
  c.webhooks.insertDelivery(delivery);
  c.webhooks.insertAttempt(attempt);
  return { endpoint, delivery, attempt };
}

/** An evaluator that belongs to no run. */
export function storedEvaluator(c: Curriculum): string {
  const id = c.makeId("evaluator");
  const limits = { deadlineMs: 1000, batchSize: 8, maxConcurrent: 1, attempts: 1 };
  const evaluator = {
    id,
    kind: "gate",
    url: "https://gate.example/",
    version: 1,
    description: "",
    ...limits,
    createdAt: AT,
  } as const;
  c.evaluators.insert(evaluator, [{ secret: "whsec_secret", expiresAt: null }]);
  return id;
}

export function storedCall(c: Curriculum, runId: string | null): void {
  const asker = { evaluatorId: "evr_1", evaluatorVersion: 1, kind: "gate" } as const;
  const asked = { ...asker, runId, iterationId: null, body: "{}", digest: "d" } as const;
  const said = { attempts: [], verdicts: [], error: null, createdAt: AT, finishedAt: AT };
  c.evaluators.insertCall({ id: c.makeId("evaluatorCall"), ...asked, ...said });
}
