/** What one iteration promises, whatever engine is behind the policy. Run on the scripted policy and on the embedded one. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Policy } from "../../src/policy/policy.ts";
import type { Iteration, Operation, OperationEvent, Run } from "../../src/records/records.ts";
import type { RunOverrides } from "../../src/training/services.ts";
import { type ServicesUnderTest, startServices } from "./services-under-test.ts";

export interface IterationSuiteOptions {
  readonly open: () => Promise<Policy>;
  readonly overrides: RunOverrides;
  /** Largest |trainer - sampler| log-probability. */
  readonly logprobTolerance: number;
  /** Milliseconds for all iterations of the suite. */
  readonly timeout: number;
  /** Name of the file that a checkpoint's digest is of (model.safetensors). */
  readonly weightsFile?: string;
}

const PAGE = { limit: 200, after: null };

export function iterationSuite(name: string, options: IterationSuiteOptions): void {
  describe(name, () => {
    let tested: ServicesUnderTest;
    let run: Run;
    let operation: Operation;
    let first: Iteration;
    let second: Iteration;

    beforeAll(async () => {
      tested = await startServices({ policy: await options.open() });
      const { services } = tested;
      run = await services.runs.create({ seed: 7, overrides: options.overrides });
      const started = await services.iterations.start({ run: run.id, count: 2 });
      operation = await services.operations.wait(started.operation.id, options.timeout / 1000);
      [first, second] = started.iterations.map(({ id }) => services.iterations.get(id)) as [Iteration, Iteration];
    }, options.timeout);
    afterAll(() => tested?.remove());

    test("two iterations complete, numbered and in order", () => {
      expect(operation.error).toBeNull();
      expect(operation.state).toBe("completed");
      expect([first.number, second.number]).toEqual([1, 2]);
      expect([first.state, second.state]).toEqual(["completed", "completed"]);
      expect(operation.resources).toEqual([first.id, second.id]);
      expect(operation.progress?.fraction).toBe(1);
    });

    test("each role's checkpoints form a chain from the base to the run's head", () => {
      const { services } = tested;
      const now = services.runs.get(run.id);
      for (const role of ["challenger", "solver"] as const) {
        const start = role === "challenger" ? run.challengerCheckpointId : run.solverCheckpointId;
        const [from1, to1] =
          role === "challenger" ? [first.challengerFrom, first.challengerTo] : [first.solverFrom, first.solverTo];
        const [from2, to2] =
          role === "challenger" ? [second.challengerFrom, second.challengerTo] : [second.solverFrom, second.solverTo];
        expect(from1).toBe(start);
        expect(from2).toBe(to1);
        expect(role === "challenger" ? now.challengerCheckpointId : now.solverCheckpointId).toBe(to2);
        for (const [from, to] of [
          [from1, to1],
          [from2, to2],
        ]) {
          if (from === to) continue;
          const checkpoint = services.checkpoints.get(to!);
          expect(checkpoint).toMatchObject({ role, runId: run.id, parents: [from] });
        }
      }
    });

    test("every checkpoint's digest is the sha256 of its file", async () => {
      const checkpoints = tested.services.checkpoints.list(PAGE, { run: run.id }).data;
      expect(checkpoints.length).toBeGreaterThan(0);
      for (const { directory, digest } of checkpoints) {
        const file = await readFile(join(tested.directory, directory, options.weightsFile ?? "model.safetensors"));
        expect(`sha256:${createHash("sha256").update(file).digest("hex")}`).toBe(digest);
      }
    });

    test("steps chain: each starts from the weights the one before it left", () => {
      const { services, curriculum } = tested;
      for (const iteration of [first, second]) {
        for (const role of ["challenger", "solver"] as const) {
          const steps = services.iterations.steps(iteration.id).filter((step) => step.role === role);
          expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index + 1));
          const start = role === "challenger" ? iteration.challengerFrom! : iteration.solverFrom!;
          const end = role === "challenger" ? iteration.challengerTo! : iteration.solverTo!;
          let weights = curriculum.checkpoints.get(start).digest;
          let version = curriculum.checkpoints.get(start).policyVersion;
          for (const step of steps) {
            expect(step.weightsBefore).toBe(weights);
            weights = step.weightsAfter;
            expect(step.skipped === null).toBe(step.policyVersion > version);
            version = step.policyVersion;
          }
          expect(curriculum.checkpoints.get(end)).toMatchObject({ digest: weights, policyVersion: version });
        }
      }
    });

    test("sampler and trainer agree on the log-probability of what was trained on", () => {
      const trained = tested.services.trainingSteps.list(PAGE, { run: run.id }).data.filter(({ skipped }) => !skipped);
      expect(trained.length).toBeGreaterThan(0);
      for (const { metrics } of trained) {
        expect(metrics.logprobGapMax).toBeLessThan(options.logprobTolerance);
        expect(metrics.logprobGapMean).toBeLessThanOrEqual(metrics.logprobGapMax);
        expect(metrics.gradNorm).toBeGreaterThan(0);
        expect(metrics.trainedTokensPerSecond).toBeGreaterThan(0);
        expect(metrics.sampledTokensPerSecond).toBeGreaterThan(0);
      }
    });

    test("every rollout of a step has a reward, its parts and an advantage; groups sum to zero", () => {
      const { curriculum, services } = tested;
      const steps = services.iterations.steps(first.id).filter(({ skipped }) => skipped === null);
      for (const step of steps) {
        const rollouts = curriculum.rollouts.ofStep(step.id);
        const settings = run.config[step.role];
        expect(rollouts.length).toBeGreaterThan(0);
        expect(rollouts.length % settings.groupSize).toBe(0);
        const groups = new Map<number, number>();
        for (const { group, advantage, reward, rewardParts, weights } of rollouts) {
          expect(Number.isFinite(reward)).toBe(true);
          expect(Object.keys(rewardParts!).length).toBeGreaterThan(0);
          expect(weights).toBe(step.weightsBefore);
          groups.set(group, (groups.get(group) ?? 0) + advantage!);
        }
        for (const sum of groups.values()) expect(Math.abs(sum)).toBeLessThan(1e-6);
        const mean = rollouts.reduce((sum, { reward }) => sum + reward!, 0) / rollouts.length;
        expect(step.metrics.reward).toBeCloseTo(mean, 9);
      }
    });

    test("the pool is counted question by question, and only the band is kept", () => {
      const { metrics } = first;
      const pool = tested.curriculum.questions.ofIteration(first.id).filter(({ phaseKind }) => phaseKind === "pool");
      const inState = (state: string) => pool.filter((question) => question.state === state).length;
      expect(pool).toHaveLength(run.config.pool.size);
      expect(metrics).toMatchObject({
        proposed: pool.length,
        wellFormed: pool.length - inState("malformed"),
        distinct: inState("kept") + inState("outside-band"),
        kept: inState("kept"),
      });
      expect(metrics!.shareHistogram.reduce((sum, count) => sum + count, 0)).toBe(metrics!.distinct);
      const { min, max } = run.config.pool.difficultyBand;
      for (const { state, majorityShare, pseudoLabel } of pool) {
        if (state !== "kept" && state !== "outside-band") continue;
        expect(state === "kept").toBe(pseudoLabel !== null && majorityShare! >= min && majorityShare! <= max);
      }
      if (metrics!.kept > 0) {
        const kept = pool.filter(({ state }) => state === "kept");
        const right = kept.filter(({ labelCorrect }) => labelCorrect).length;
        expect(metrics!.labelAccuracy).toBeCloseTo(right / kept.length, 9);
      }
    });

    test("the Solver trained only on kept questions, each with its votes on record", () => {
      const { curriculum, services } = tested;
      const kept = new Map(
        curriculum.questions.ofIteration(first.id, "kept").map((question) => [question.id, question]),
      );
      for (const step of services.iterations.steps(first.id).filter(({ role }) => role === "solver")) {
        for (const { questionId } of curriculum.rollouts.ofStep(step.id)) expect(kept.has(questionId!)).toBe(true);
      }
      for (const { id, pseudoLabel, majorityShare } of kept.values()) {
        const [solution] = services.solutions.list(PAGE, { question: id }).data;
        expect(solution).toMatchObject({ pseudoLabel, majorityShare, samples: run.config.votes.samples });
        expect(services.solutions.rollouts(solution!.id)).toHaveLength(run.config.votes.samples);
      }
    });

    test("held-out results are stored for the base and for each iteration", () => {
      const { curriculum, services } = tested;
      const base = services.runs.get(run.id).baseEvaluation!;
      const { questions } = run.config.evaluation;
      for (const evaluation of [base, first.metrics!.evaluation, second.metrics!.evaluation]) {
        expect(evaluation.questions).toBe(questions);
        expect(evaluation.meanAtK.low).toBeLessThanOrEqual(evaluation.meanAtK.value);
        expect(evaluation.meanAtK.high).toBeGreaterThanOrEqual(evaluation.meanAtK.value);
        expect(evaluation.passAtK.value).toBeGreaterThanOrEqual(evaluation.meanAtK.value - 1e-9);
      }
      const items = curriculum.evaluations.ofIteration(first.id);
      expect(items).toHaveLength(questions);
      const mean = items.reduce((sum, { correct, answers }) => sum + correct / answers.length, 0) / items.length;
      expect(first.metrics!.evaluation.meanAtK.value).toBeCloseTo(mean, 9);
    });

    test("events tell the story in order and end with the terminal one", () => {
      const events: OperationEvent[] = [];
      for (let after = 0; ; after = events.at(-1)!.sequence) {
        const page = tested.services.operations.events(operation.id, after, 100);
        if (page.length === 0) break;
        events.push(...page);
      }
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      const phases = events.filter(({ type }) => type === "phase.started").map(({ data }) => data.phase);
      const rest = ["challenger", "pool", "votes", "solver", "evaluate"];
      expect(phases).toEqual(["evaluate-base", ...rest, ...rest]);
      expect(events[0]!.type).toBe("operation.queued");
      expect(events.at(-1)!.type).toBe("operation.completed");
      const fractions = events.filter(({ type }) => type === "progress").map(({ data }) => data.fraction as number);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    });

    test(
      "the same seed gives the same weights, to the bit, and another one does not",
      async () => {
        const { services } = tested;
        const weightsOf = async (seed: number) => {
          const other = await services.runs.create({ seed, overrides: options.overrides });
          const started = await services.iterations.start({ run: other.id });
          const ended = await services.operations.wait(started.operation.id, options.timeout / 1000);
          expect(ended.error).toBeNull();
          const { challengerTo, solverTo } = services.iterations.get(started.iterations[0]!.id);
          return [challengerTo, solverTo].map((id) => services.checkpoints.get(id!).digest);
        };
        const expected = [first.challengerTo, first.solverTo].map((id) => services.checkpoints.get(id!).digest);
        expect(await weightsOf(7)).toEqual(expected);
        expect(await weightsOf(8)).not.toEqual(expected);
      },
      options.timeout,
    );
  });
}
