/** Services with real behaviour and no model: enough to drive every operation of the edge to each of its answers. */
import type { Checkpoint, Iteration, Question, Rollout, Run, Solution, Step } from "../../../src/records/records.ts";
import { type RunService, ServiceError, type Services } from "../../../src/training/services.ts";
import { inMemoryBackups } from "./backups.ts";
import { inMemoryCompletions, inMemoryModels, inMemoryTokenizer } from "./completions.ts";
import { inMemoryEvaluations } from "./evaluations.ts";
import { inMemoryEvaluators } from "./evaluators.ts";
import { InMemoryOperations } from "./operations.ts";
import { baseDigest, iterationMetrics, runConfig, stepMetrics } from "./sample-records.ts";
import { Table } from "./tables.ts";
import { inMemoryWebhooks } from "./webhooks.ts";

export interface InMemoryServices extends Services {
  readonly operations: InMemoryOperations;
  /** What the fake's readiness answers. */
  readonly readiness: { ready: boolean };
}

function boxed(text: string): string | null {
  return /\\boxed\{([^}]*)\}/.exec(text)?.[1] ?? null;
}

function votes(answers: readonly (string | null)[]) {
  const counts = new Map<string, number>();
  for (const answer of answers) if (answer !== null) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const groups = [...counts].map(([answer, count]) => ({ answer, count })).sort((a, b) => b.count - a.count);
  const [first] = groups;
  return {
    pseudoLabel: first?.answer ?? null,
    majorityShare: (first?.count ?? 0) / answers.length,
    withoutAnswer: answers.filter((answer) => answer === null).length,
    groups,
  };
}

function optional<T>(wanted: T | undefined, actual: T | null): boolean {
  return wanted === undefined || wanted === actual;
}

export function inMemoryServices(): InMemoryServices {
  let tick = Date.UTC(2026, 7, 22, 9, 30);
  const now = (): string => {
    tick += 1000;
    return new Date(tick).toISOString();
  };
  const runTable = new Table<Run>("run", "run");
  const iterationTable = new Table<Iteration>("iteration", "iter");
  const questionTable = new Table<Question>("question", "q");
  const solutionTable = new Table<Solution>("solution", "sol");
  const stepTable = new Table<Step>("training step", "step");
  const checkpointTable = new Table<Checkpoint>("checkpoint", "ckpt");
  const rollouts = new Map<string, Rollout[]>();
  const operations = new InMemoryOperations(now);
  const readiness = { ready: true };

  const checkpoint = (runId: string, role: "challenger" | "solver", parents: string[]): string =>
    checkpointTable.put({
      id: checkpointTable.nextId(),
      runId,
      iterationId: null,
      role,
      model: "abacus",
      digest: baseDigest,
      policyVersion: 0,
      parents,
      directory: "/secret/place",
      bytes: 12,
      metrics: { meanAtK: 0.41, loss: Number.NaN },
      pinned: false,
      prunedAt: null,
      createdAt: now(),
    }).id;

  const step = (run: Run, role: "challenger" | "solver", iterationId: string | null, operationId: string): Step =>
    stepTable.put({
      id: stepTable.nextId(),
      runId: run.id,
      iterationId,
      phaseId: null,
      operationId,
      role,
      number: 1,
      policyVersion: 1,
      weightsBefore: baseDigest,
      weightsAfter: baseDigest,
      skipped: "gradient-not-finite",
      metrics: stepMetrics,
      createdAt: now(),
      seconds: 0.5,
    });

  const question = (runId: string, source: Question["source"], text: string): Question =>
    questionTable.put({
      id: questionTable.nextId(),
      runId,
      iterationId: null,
      phaseKind: null,
      source,
      state: "proposed",
      text,
      proposedAnswer: source === "challenger" ? "28" : null,
      rolloutId: null,
      pseudoLabel: null,
      majorityShare: null,
      labelCorrect: null,
      verification: null,
      decomposition: null,
      createdAt: now(),
    });

  const runs: RunService = {
    create: async (request) => {
      const { model = "abacus", preset = "stable", overrides = {} } = request;
      if (model !== "abacus") {
        throw new ServiceError("invalid-value", `There is no model "${model}".`, { field: "model", value: model });
      }
      for (const [key, value] of Object.entries(overrides)) {
        if (key in runConfig) continue;
        throw new ServiceError("invalid-value", `No setting "${key}".`, { field: `overrides.${key}`, value });
      }
      const id = runTable.nextId();
      return runTable.put({
        id,
        createdAt: now(),
        model,
        domain: request.domain ?? "arithmetic",
        preset,
        seed: request.seed ?? 7,
        labels: request.labels ?? {},
        config: runConfig,
        challengerCheckpointId: checkpoint(id, "challenger", []),
        solverCheckpointId: checkpoint(id, "solver", []),
        baseEvaluation: null,
        bestCheckpointId: null,
        stopReason: null,
      });
    },
    list: (page) => runTable.page(page, () => true),
    get: (id) => runTable.get(id),
    update: (id, change) => runTable.change(id, change),
    delete: async (id) => {
      runTable.get(id);
      const busy = operations.table.all().find(({ runId, state }) => runId === id && /queued|running/.test(state));
      if (busy !== undefined) throw new ServiceError("conflict", `Operation ${busy.id} of the run is ${busy.state}.`);
      runTable.remove(id);
    },
    presets: () => [{ name: "stable", description: "Keeps improving.", config: runConfig }],
  };

  const models = inMemoryModels(() => runTable.all().flatMap(({ id }) => [`${id}/challenger`, `${id}/solver`]));

  return {
    runs,
    operations,
    readiness,
    models,
    completions: inMemoryCompletions(models),
    tokenizer: inMemoryTokenizer(models),
    iterations: {
      start: async ({ run: runId, count = 1 }) => {
        const run = runId === undefined ? await runs.create({}) : runTable.get(runId);
        const iterations: Iteration[] = [];
        const operation = operations.start(
          "iterations",
          run.id,
          { run: runId, count },
          async (job) => {
            for (const { id, number } of iterations) {
              iterationTable.change(id, { state: "running", startedAt: now() });
              job.emit("iteration.started", { iteration: id, number });
              await job.checkpoint();
              const { id: stepId } = step(run, "solver", id, job.operationId);
              job.emit("step.completed", { step: stepId });
              iterationTable.change(id, {
                state: "completed",
                finishedAt: now(),
                seconds: 41.8,
                metrics: iterationMetrics,
              });
              job.emit("iteration.completed", { iteration: id });
            }
            return { resources: iterations.map(({ id }) => id), result: {} };
          },
          (operationId) => {
            for (let number = 1; number <= count; number += 1) {
              const row: Iteration = {
                id: iterationTable.nextId(),
                runId: run.id,
                number,
                state: "queued",
                operationId,
                createdAt: now(),
                startedAt: null,
                finishedAt: null,
                seconds: null,
                challengerFrom: run.challengerCheckpointId,
                challengerTo: null,
                solverFrom: run.solverCheckpointId,
                solverTo: null,
                metrics: null,
                gate: null,
                error: null,
              };
              iterations.push(iterationTable.put(row));
            }
            return iterations.map(({ id }) => id);
          },
        );
        return { operation, iterations };
      },
      list: (page, { run }) => iterationTable.page(page, (row) => optional(run, row.runId)),
      get: (id) => {
        const row = iterationTable.get(id);
        const ended = operations.get(row.operationId).state === "cancelled" && row.state !== "completed";
        return ended ? iterationTable.change(id, { state: "cancelled" }) : row;
      },
      steps: (id) => {
        iterationTable.get(id);
        return stepTable.all().filter(({ iterationId }) => iterationId === id);
      },
    },
    questions: {
      propose: async ({ run, count, seed }) => {
        runTable.get(run);
        return operations.start("questions", run, { run, count, seed }, async (job) => {
          await job.checkpoint();
          const made = Array.from({ length: count }, (_, index) => question(run, "challenger", `${index}+1`).id);
          return { resources: made, result: { questions: made } };
        });
      },
      submit: async ({ run, questions }) => {
        runTable.get(run);
        return questions.map((text) => question(run, "submitted", text));
      },
      list: (page, filter) => {
        const { run, iteration, state, minShare = 0, maxShare = 1, search = "" } = filter;
        return questionTable.page(
          page,
          (row) =>
            optional(run, row.runId) &&
            optional(iteration, row.iterationId) &&
            optional(state, row.state) &&
            (filter.minShare === undefined || (row.majorityShare ?? -1) >= minShare) &&
            (filter.maxShare === undefined || (row.majorityShare ?? 2) <= maxShare) &&
            row.text.includes(search),
        );
      },
      export: async function* (_, format) {
        yield new TextEncoder().encode(`all as ${format}`);
      },
      get: (id) => questionTable.get(id),
      getMany: (ids) => ids.map((id) => questionTable.get(id)),
    },
    solutions: {
      solve: async ({ run, questions, samples = 4 }) => {
        runTable.get(run);
        for (const id of questions) questionTable.get(id);
        return operations.start("solutions", run, { run, questions, samples }, async (job) => {
          await job.checkpoint();
          const made = questions.map((questionId) => {
            const id = solutionTable.nextId();
            const texts = Array.from({ length: samples }, (_, sample) => (sample === 3 ? "?" : "\\boxed{28}"));
            const verdict = votes(texts.map(boxed));
            const common = { runId: run, questionId, weights: baseDigest, policyVersion: 0, createdAt: now() };
            solutionTable.put({ id, samples, ...verdict, gradingErrors: {}, ...common });
            questionTable.change(questionId, {
              state: "kept",
              pseudoLabel: verdict.pseudoLabel,
              majorityShare: verdict.majorityShare,
            });
            rollouts.set(
              id,
              texts.map((text, sample) => ({
                ...common,
                id: `roll_${id}_${sample}`,
                role: "solver",
                solutionId: id,
                stepId: null,
                group: 0,
                sample,
                seed: sample,
                prompt: "12+18-2",
                text,
                promptTokenIds: [1, 2],
                tokenIds: [3, 4],
                sampledLogprobs: new Float32Array([-0.5, -0.25]),
                rawLogprobs: new Float32Array([-0.75, Number.NEGATIVE_INFINITY]),
                finishReason: "stop",
                temperature: 1,
                answer: boxed(text),
                verdict: null,
                reward: null,
                rewardParts: null,
                advantage: null,
              })),
            );
            return id;
          });
          return { resources: made, result: { solutions: made } };
        });
      },
      list: (page, { run, question: wanted }) =>
        solutionTable.page(page, (row) => optional(run, row.runId) && optional(wanted, row.questionId)),
      get: (id) => solutionTable.get(id),
      rollouts: (id) => rollouts.get(solutionTable.get(id).id) ?? [],
    },
    scores: {
      answers: async ({ domain, items }) => {
        if (domain !== "arithmetic") {
          throw new ServiceError("invalid-value", `There is no domain "${domain}".`, {
            field: "domain",
            value: domain,
          });
        }
        return items.map((item) => {
          const answer = boxed(item.answer);
          const correct = answer === item.reference;
          return { answer, reference: item.reference, correct, how: answer === null ? null : "string", error: null };
        });
      },
      votes: async ({ items }) => items.map(({ answers }) => ({ ...votes(answers), gradingErrors: {} })),
      challengerBatch: async ({ run, questions }) => {
        runTable.get(run);
        return questions.map((id) => {
          const { majorityShare } = questionTable.get(id);
          if (majorityShare === null) throw new ServiceError("conflict", `Question ${id} has not been solved.`);
          const uncertaintyReward = 1 - 2 * Math.abs(majorityShare - 0.5);
          const reward = { formatReward: 1, majorityShare, uncertaintyReward, repetitionPenalty: 0, clusterSize: 1 };
          return { question: id, ...reward, reward: uncertaintyReward };
        });
      },
      solverRollouts: async ({ run, solutions }) => {
        runTable.get(run);
        return solutions.map((id) => {
          const { pseudoLabel } = solutionTable.get(id);
          const rewards = (rollouts.get(id) ?? []).map(({ answer }) => (answer === pseudoLabel ? 1 : 0));
          return { solution: id, pseudoLabel, rewards, verdicts: rewards.map(() => "string") };
        });
      },
    },
    trainingSteps: {
      train: async ({ run: runId, role, solutions = [], groups = [] }) => {
        const run = runTable.get(runId);
        for (const id of solutions) solutionTable.get(id);
        const tooLong = groups.find(({ prompt }) => prompt.length > 64);
        if (tooLong !== undefined) {
          throw new ServiceError("context-length-exceeded", `A prompt has ${tooLong.prompt.length} tokens.`);
        }
        return operations.start("training-step", runId, { run: runId, role }, async (job) => {
          await job.checkpoint();
          const { id } = step(run, role, null, job.operationId);
          return { resources: [id], result: { step: id } };
        });
      },
      list: (page, { run, iteration, role }) =>
        stepTable.page(
          page,
          (row) => optional(run, row.runId) && optional(iteration, row.iterationId) && optional(role, row.role),
        ),
      get: (id) => stepTable.get(id),
    },
    evaluations: inMemoryEvaluations(operations, models, now),
    checkpoints: {
      list: (page, { run, role }) =>
        checkpointTable.page(page, (row) => optional(run, row.runId) && (role === undefined || row.role === role)),
      get: (id) => checkpointTable.get(id),
      async *download(id) {
        yield new TextEncoder().encode("bytes of ");
        yield new TextEncoder().encode(id);
      },
      update: (id, { pinned }) => checkpointTable.change(id, { pinned }),
      delete: async (id) => {
        checkpointTable.get(id);
        const user = runTable.all().find((run) => id === run.solverCheckpointId || id === run.challengerCheckpointId);
        if (user !== undefined) throw new ServiceError("conflict", `Run ${user.id} stands on ${id}.`);
        checkpointTable.remove(id);
      },
    },
    backups: inMemoryBackups(operations, now),
    webhooks: inMemoryWebhooks(now),
    evaluators: inMemoryEvaluators(now),
    health: {
      queue: () => ({ queued: 1, running: 1, paused: 0 }),
      ready: () => ({ ...readiness, checks: { policy: { ok: readiness.ready, detail: "abacus" } } }),
    },
  };
}
