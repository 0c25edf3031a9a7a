/** What is stored comes back: every record, every field, every value its type allows. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EvaluationSummary, Iteration, Question, Rollout, Solution, Step } from "../../../src/records/records.ts";
import {
  AT,
  BASE_DIGEST,
  baseCheckpoint,
  fullRun,
  LATER,
  newBenchmarkEvaluation,
  newEvaluation,
  newIteration,
  newOperation,
  newPhase,
  newQuestion,
  newResult,
  newRollout,
  newSolution,
  newStep,
  stepMetrics,
  storedRun,
} from "./records-of-a-run.ts";
import { open } from "./temporary-curriculum.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const share = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const numbers = fc.dictionary(fc.stringMatching(/^[a-zA-Z]{1,9}$/), anyNumber, { maxKeys: 4 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const time = fc
  .date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
  .map((d) => d.toISOString());
const float32 = fc
  .array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 12 })
  .map((bits) => new Float32Array(Uint32Array.from(bits).buffer));
const tokenIds = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 12 });
const bits = (values: Float32Array) => [...new Uint32Array(values.buffer)];
/** toEqual takes all NaNs for one: log-probabilities are compared by their bits. */
const comparable = (rollout: Rollout) => ({
  ...rollout,
  sampledLogprobs: bits(rollout.sampledLogprobs),
  rawLogprobs: bits(rollout.rawLogprobs),
});

describe("insert, then read, is the identity", () => {
  test("for questions", async () => {
    const c = open();
    const run = storedRun(c);
    const question = fc.record<Partial<Question>>({
      phaseKind: orNull(fc.constantFrom("challenger", "pool")),
      source: fc.constantFrom("challenger", "submitted"),
      state: fc.constantFrom("proposed", "malformed", "duplicate", "outside-band", "kept"),
      text,
      proposedAnswer: orNull(text),
      pseudoLabel: orNull(text),
      majorityShare: orNull(share),
      labelCorrect: orNull(fc.boolean()),
      createdAt: time,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(question, { maxLength: 10 }), async (changes) => {
        const given = changes.map((change) => newQuestion(c, run.id, change));
        await c.questions.insertMany(given);
        expect(c.questions.getMany(given.map((row) => row.id))).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  test("for solutions", async () => {
    const c = open();
    const run = storedRun(c);
    const question = newQuestion(c, run.id);
    await c.questions.insertMany([question]);
    const solution = fc.record<Partial<Solution>>({
      groups: fc.array(fc.record({ answer: text, count: fc.nat() }), { maxLength: 4 }),
      pseudoLabel: orNull(text),
      majorityShare: share,
      policyVersion: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(solution, { maxLength: 5 }), async (changes) => {
        const given = changes.map((change) => newSolution(c, run.id, question.id, change));
        await c.solutions.insertMany(given);
        expect(c.solutions.getMany(given.map((row) => row.id))).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  test("for rollouts, bit for bit", async () => {
    const c = open();
    const run = storedRun(c);
    const rollout = fc.record<Partial<Rollout>>({
      role: fc.constantFrom("challenger", "solver"),
      group: fc.nat(),
      sample: fc.nat(),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      // Few of each, so that contexts are shared and told apart.
      prompt: fc.constantFrom("", "1+1=", "1+2="),
      promptTokenIds: fc.constantFrom([], [1, 2], [1, 3]),
      temperature: fc.constantFrom(0, 0.7, 1),
      weights: fc.constantFrom(BASE_DIGEST, "sha256:other"),
      policyVersion: fc.constantFrom(0, 1),
      text,
      tokenIds,
      sampledLogprobs: float32,
      rawLogprobs: float32,
      finishReason: fc.constantFrom("stop", "length"),
      answer: orNull(text),
      reward: orNull(finite),
      rewardParts: orNull(numbers),
      advantage: orNull(finite),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rollout, { maxLength: 10 }), async (changes) => {
        const given = changes.map((change) => newRollout(c, run.id, change));
        await c.rollouts.insertMany(given);
        const read = c.rollouts.getMany(given.map((row) => row.id));
        expect(read.map(comparable)).toEqual(given.map(comparable));
      }),
      { numRuns: 100 },
    );
  });

  test("for steps, with metrics that JSON cannot hold", () => {
    const c = open();
    const run = storedRun(c);
    const step = fc.record<Partial<Step>>({
      role: fc.constantFrom("challenger", "solver"),
      skipped: orNull(fc.constantFrom("all-groups-constant", "gradient-not-finite")),
      metrics: fc.record({ gradNorm: anyNumber, loss: anyNumber, rewardParts: numbers }).map((change) => ({
        ...stepMetrics,
        ...change,
      })),
      seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
    });
    fc.assert(
      fc.property(step, (change) => {
        const given = newStep(c, run.id, change);
        c.steps.insert(given);
        expect(c.steps.get(given.id)).toEqual(given);
      }),
    );
  });

  test("for iterations and phases", () => {
    const c = open();
    const run = storedRun(c);
    const operation = c.operations.insert(newOperation(c, run.id));
    const interval = { value: 0.5, low: 0.25, high: Number.NaN };
    const evaluation: EvaluationSummary = {
      questions: 10,
      k: 4,
      meanAtK: interval,
      majAtK: interval,
      passAtK: interval,
      greedy: interval,
      skills: { addition: { questions: 5, meanAtK: 0.5, greedy: 1 } },
    };
    const given: Iteration = newIteration(c, run.id, operation.id, {
      number: 3,
      state: "failed",
      startedAt: AT,
      finishedAt: LATER,
      seconds: 12.5,
      challengerFrom: "ckpt_a",
      challengerTo: "ckpt_b",
      solverFrom: "ckpt_c",
      solverTo: "ckpt_d",
      metrics: {
        proposed: 100,
        wellFormed: 90,
        distinct: 80,
        kept: 40,
        shareHistogram: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        meanMajorityShare: 0.6,
        clustered: 90,
        clusters: 12,
        distinctBigrams: 0.4,
        labelAccuracy: null,
        evaluation,
      },
      error: { code: "engine-crashed", message: "it died" },
    });
    c.iterations.insert(given);
    expect(c.iterations.get(given.id)).toEqual(given);
    const phase = newPhase(c, given.id, { kind: "votes" });
    c.phases.insert(phase);
    expect(c.phases.ofIteration(given.id)).toEqual([phase]);
    expect(c.runs.setBaseEvaluation(run.id, evaluation)).toEqual({ ...run, baseEvaluation: evaluation });
  });

  test("for checkpoints, evaluations and metrics", async () => {
    const c = open();
    const run = storedRun(c);
    const checkpoint = baseCheckpoint(c, {
      runId: run.id,
      iterationId: "iter_1",
      role: "solver",
      parents: ["ckpt_1", "ckpt_2"],
      metrics: { meanAtK: Number.NaN, kl: -0 },
    });
    c.checkpoints.insert(checkpoint);
    expect(c.checkpoints.get(checkpoint.id)).toEqual(checkpoint);
    expect(c.checkpoints.addMetrics(checkpoint.id, { greedy: 0.5 }).metrics).toEqual({
      meanAtK: Number.NaN,
      kl: -0,
      greedy: 0.5,
    });
    const item = newEvaluation(c, run.id, { greedyAnswer: null, greedyCorrect: false });
    await c.evaluations.insertMany([item]);
    expect(c.evaluations.ofWeights(run.id, item.weights)).toEqual([item]);
    const values = [1.5, Number.NaN, Number.NEGATIVE_INFINITY];
    const metrics = values.map((value, i) => ({
      runId: run.id,
      iterationId: null,
      stepId: null,
      name: `m${i}`,
      value,
      createdAt: AT,
    }));
    c.metrics.record(metrics);
    expect(metrics.flatMap((metric) => c.metrics.series(run.id, metric.name))).toEqual(metrics);
  });

  test("for a whole run", async () => {
    const c = open();
    const made = await fullRun(c);
    expect(c.runs.get(made.run.id)).toEqual({ ...made.run, solverCheckpointId: made.checkpoint.id });
    expect(c.rollouts.ofSolution(made.solution.id)).toEqual(made.rollouts);
    expect(c.rollouts.ofQuestion(made.question.id)).toEqual(made.rollouts);
    expect(c.rollouts.ofStep(made.step.id).map((row) => row.id)).toEqual([
      made.proposal.id,
      ...made.rollouts.map((row) => row.id),
    ]);
    expect(c.steps.ofIteration(made.iteration.id)).toEqual([made.step]);
    expect(c.steps.ofPhase(made.phase.id)).toEqual([made.step]);
    expect(c.steps.latest(made.run.id, "solver")).toEqual(made.step);
    expect(c.steps.latest(made.run.id, "challenger")).toBeNull();
    expect(c.questions.ofIteration(made.iteration.id)).toEqual([made.question]);
    expect(c.questions.ofIteration(made.iteration.id, "kept")).toEqual([]);
    expect(c.iterations.ofRun(made.run.id)).toEqual([made.iteration]);
    expect(c.iterations.ofOperation(made.operation.id)).toEqual([made.iteration]);
    expect(c.metrics.ofStep(made.step.id).map((metric) => metric.value)).toEqual([1.5]);
    expect(c.metrics.ofIteration(made.iteration.id).map((metric) => metric.value)).toEqual([3]);
    expect(c.checkpoints.byDigest(BASE_DIGEST)).toHaveLength(2);
    expect(c.checkpoints.base("abacus", BASE_DIGEST)?.id).toBe(made.run.challengerCheckpointId);
    expect(c.checkpoints.base("other", BASE_DIGEST)).toBeNull();
  });
});

describe("changes", () => {
  test("of questions and rollouts reach exactly the rows named", async () => {
    const c = open();
    const run = storedRun(c);
    const rows = [1, 2, 3].map(() => newQuestion(c, run.id));
    await c.questions.insertMany(rows);
    const verdict = {
      state: "kept",
      pseudoLabel: "28",
      majorityShare: 0.7,
      labelCorrect: false,
      verification: null,
      decomposition: null,
    } as const;
    await c.questions.judge([{ id: rows[1]!.id, ...verdict }]);
    expect(c.questions.getMany(rows.map((row) => row.id))).toEqual([rows[0], { ...rows[1], ...verdict }, rows[2]]);

    const rollouts = [1, 2].map(() => newRollout(c, run.id, { reward: null, rewardParts: null, advantage: null }));
    await c.rollouts.insertMany(rollouts);
    const outcome = { verdict: "symbolic", reward: 0.25, rewardParts: { correct: 0, format: 0.25 }, advantage: 1.5 };
    await c.rollouts.setOutcomes([{ id: rollouts[0]!.id, ...outcome }]);
    const step = newStep(c, run.id);
    c.steps.insert(step);
    await c.rollouts.setStep(step.id, [rollouts[0]!.id]);
    expect(c.rollouts.get(rollouts[0]!.id)).toEqual({ ...rollouts[0], ...outcome, stepId: step.id });
    expect(c.rollouts.get(rollouts[1]!.id)).toEqual(rollouts[1]);
    await c.rollouts.delete([rollouts[0]!.id]);
    expect(c.rollouts.find(rollouts[0]!.id)).toBeNull();
    expect(c.rollouts.get(rollouts[1]!.id)).toEqual(rollouts[1]);
  });

  test("measuring again replaces the value", () => {
    const c = open();
    const run = storedRun(c);
    const metric = { runId: run.id, iterationId: null, stepId: null, name: "kept", value: 1, createdAt: AT };
    c.metrics.record([metric]);
    c.metrics.record([{ ...metric, value: 2 }]);
    expect(c.metrics.series(run.id, "kept").map((row) => row.value)).toEqual([2]);
  });

  test("to what is not there are refused", async () => {
    const c = open();
    const missing = expect.objectContaining({ code: "not-found", value: "q_1" });
    const verdict = {
      id: "q_1",
      state: "kept",
      pseudoLabel: null,
      majorityShare: null,
      labelCorrect: null,
      verification: null,
      decomposition: null,
    } as const;
    await expect(c.questions.judge([verdict])).rejects.toThrow(missing);
    expect(() => c.questions.get("q_1")).toThrow(missing);
    expect(() => c.questions.getMany(["q_1"])).toThrow(missing);
    expect(() => c.runs.setLabels("run_1", {})).toThrow(expect.objectContaining({ code: "not-found" }));
    expect(() => c.iterations.update("iter_1", { seconds: 1 })).toThrow(expect.objectContaining({ code: "not-found" }));
    const outcome = { id: "roll_1", verdict: null, reward: 1, rewardParts: null, advantage: null };
    await expect(c.rollouts.setOutcomes([outcome])).rejects.toThrow(expect.objectContaining({ code: "not-found" }));
  });
});

test("an evaluation, its results and a judge's verdicts come back as they were given", async () => {
  const c = open();
  const operation = c.operations.insert(newOperation(c, null, { kind: "evaluations" }));
  const { benchmarkEvaluations } = c;
  const evaluation = newBenchmarkEvaluation(c, operation.id);
  benchmarkEvaluations.insert(evaluation);
  expect(benchmarkEvaluations.get(evaluation.id)).toEqual(evaluation);
  const results = Array.from({ length: 450 }, (_, position) => newResult(evaluation.id, position));
  await benchmarkEvaluations.addResults(results);
  expect(benchmarkEvaluations.countResults(evaluation.id)).toBe(450);
  const read = [];
  for await (const some of benchmarkEvaluations.everyResult(evaluation.id)) read.push(...some);
  expect(read).toEqual(results);
  await expect(benchmarkEvaluations.addResults([newResult(evaluation.id, 3)])).rejects.toThrow();
  expect(() => benchmarkEvaluations.setState(evaluation.id, "completed", LATER)).toThrow("cannot become completed");
  benchmarkEvaluations.setState(evaluation.id, "running", LATER);
  benchmarkEvaluations.setItems(evaluation.id, { itemsDigest: "sha256:0", items: 450 });
  expect(benchmarkEvaluations.get(evaluation.id)).toMatchObject({ state: "running", startedAt: LATER, items: 450 });
  const key = "a".repeat(64);
  expect(c.judgeVerdicts.get(key)).toBeNull();
  for (const opinion of [{ equivalent: true }, { equivalent: false, score: 0.25, reasons: ["no"] }]) {
    c.judgeVerdicts.put(key, opinion);
    expect(c.judgeVerdicts.get(key)).toEqual(opinion);
  }
});
