import { beforeAll, describe, expect, test } from "vitest";
import { arithmetic } from "../../src/domains/arithmetic/arithmetic.ts";
import type { Domain } from "../../src/domains/domain.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../support/services-under-test.ts";

/** Everything an iteration decides, and what it measured with the oracle. */
async function evolve(domain: Domain) {
  const tested: ServicesUnderTest = await startServices({ domains: [domain] });
  try {
    const { services, curriculum } = tested;
    const run = await services.runs.create({ seed: 11, overrides: smallRun });
    const { operation, iterations } = await services.iterations.start({ run: run.id });
    const ended = await tested.ended(operation);
    expect(ended.error).toBeNull();
    const iteration = services.iterations.get(iterations[0]!.id);
    const questions = curriculum.questions.ofIteration(iteration.id);
    const steps = services.iterations.steps(iteration.id);
    return {
      decided: {
        weights: [iteration.challengerTo, iteration.solverTo].map((id) => services.checkpoints.get(id!).digest),
        gate: questions.map(({ text, state, pseudoLabel, majorityShare }) => [text, state, pseudoLabel, majorityShare]),
        rewards: steps.map(({ id }) =>
          curriculum.rollouts.ofStep(id).map(({ reward, advantage }) => [reward, advantage]),
        ),
      },
      accuracy: iteration.metrics!.labelAccuracy,
      judged: questions.filter(({ labelCorrect }) => labelCorrect !== null).length,
    };
  } finally {
    await tested.remove();
  }
}

describe("the oracle measures an iteration and decides nothing in it", () => {
  let honest: Awaited<ReturnType<typeof evolve>>;
  beforeAll(async () => {
    honest = await evolve(arithmetic);
  });

  test("there is something to decide and something to measure", () => {
    expect(new Set(honest.decided.gate.map(([, state]) => state)).size).toBeGreaterThan(2);
    expect(honest.judged).toBeGreaterThan(0);
    expect(honest.accuracy).toBeGreaterThan(0);
  });

  test("an oracle that always lies changes the accuracy, and no reward, no gate and no weight", async () => {
    const lying = await evolve({ ...arithmetic, oracle: () => "-1" });
    expect(lying.accuracy).toBe(0);
    expect(lying.decided).toEqual(honest.decided);
  });

  test("nor does its absence", async () => {
    const { oracle, ...withoutOracle } = arithmetic;
    expect(oracle).toBeDefined();
    const blind = await evolve(withoutOracle);
    expect([blind.accuracy, blind.judged]).toEqual([null, 0]);
    expect(blind.decided).toEqual(honest.decided);
  });
});
