import { beforeAll, describe, expect, test } from "vitest";
import { arithmetic } from "../../src/domains/arithmetic/arithmetic.ts";
import type { Domain } from "../../src/domains/domain.ts";
import type { RunOverrides } from "../../src/training/services.ts";
import { everyPart, type ServicesUnderTest, smallRun, startServices } from "../support/services-under-test.ts";

const ITERATIONS = 3;

/** Everything iterations decide, and what they measured with the oracle. */
async function evolve(domain: Domain, overrides: RunOverrides) {
  const tested: ServicesUnderTest = await startServices({ domains: [domain] });
  try {
    const { services, curriculum } = tested;
    const run = await services.runs.create({ preset: "stable", seed: 11, overrides });
    const started = await services.iterations.start({ run: run.id, count: ITERATIONS });
    const ended = await tested.ended(started.operation);
    expect(ended.error).toBeNull();
    const iterations = started.iterations
      .map(({ id }) => services.iterations.get(id))
      .filter(({ state }) => state === "completed");
    const questions = iterations.flatMap(({ id }) => curriculum.questions.ofIteration(id));
    const steps = iterations.flatMap(({ id }) => services.iterations.steps(id));
    const { bestCheckpointId, stopReason } = services.runs.get(run.id);
    const digest = (id: string | null) => (id === null ? null : services.checkpoints.get(id).digest);
    return {
      decided: {
        weights: iterations.map(({ challengerTo, solverTo }) => [digest(challengerTo), digest(solverTo)]),
        best: digest(bestCheckpointId),
        stopReason,
        risks: iterations.map(({ metrics }) => [metrics!.signals, metrics!.collapseRisk]),
        gate: questions.map(({ text, state, pseudoLabel, majorityShare }) => [text, state, pseudoLabel, majorityShare]),
        rewards: steps.map(({ id }) =>
          curriculum.rollouts.ofStep(id).map(({ reward, advantage }) => [reward, advantage]),
        ),
      },
      accuracy: iterations[0]!.metrics!.labelAccuracy,
      heldOut: iterations[0]!.metrics!.evaluation.meanAtK.value,
      judged: questions.filter(({ labelCorrect }) => labelCorrect !== null).length,
    };
  } finally {
    await tested.remove();
  }
}

describe.each([
  { recipe: "stable", overrides: smallRun },
  { recipe: "every part", overrides: everyPart },
])("the oracle measures the iterations of $recipe and decides nothing in them", ({ overrides }) => {
  let honest: Awaited<ReturnType<typeof evolve>>;
  beforeAll(async () => {
    honest = await evolve(arithmetic, overrides);
  });

  test("there is something to decide and something to measure", () => {
    expect(new Set(honest.decided.gate.map(([, state]) => state)).size).toBeGreaterThan(2);
    expect(honest.judged).toBeGreaterThan(0);
    expect(honest.accuracy).toBeGreaterThan(0);
    expect(new Set(honest.decided.weights.flat()).size).toBeGreaterThan(2);
  });

  test("an oracle that always lies changes the accuracy, and no reward, no gate, no weight, no warning, no choice", async () => {
    const lying = await evolve({ ...arithmetic, oracle: () => "-1" }, overrides);
    expect(lying.accuracy).toBe(0);
    expect(lying.decided).toEqual(honest.decided);
  });

  test("nor do lies about the held-out answers", async () => {
    const heldOut = (count: number) => arithmetic.heldOut(count).map((question) => ({ ...question, answer: "-1" }));
    const misled = await evolve({ ...arithmetic, heldOut }, overrides);
    expect([honest.heldOut > 0, misled.heldOut]).toEqual([true, 0]);
    expect(misled.decided).toEqual(honest.decided);
  });

  test("nor does the oracle's absence", async () => {
    const { oracle, ...withoutOracle } = arithmetic;
    expect(oracle).toBeDefined();
    const blind = await evolve(withoutOracle, overrides);
    expect([blind.accuracy, blind.judged]).toEqual([null, 0]);
    expect(blind.decided).toEqual(honest.decided);
  });
});
