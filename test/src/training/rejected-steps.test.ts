/** Steps whose loss overflows: rejected, recorded with what they were made on, and followed by what the run says. */
import { afterEach, describe, expect, test } from "vitest";
import type { Policy } from "../../../src/policy/policy.ts";
import { openArithmeticPolicy } from "../../support/arithmetic-script.ts";
import {
  type ServicesUnderTest,
  smallRun,
  startServices,
  type TestOptions,
} from "../../support/services-under-test.ts";

const open: ServicesUnderTest[] = [];
async function start(options: TestOptions) {
  const tested = await startServices(options);
  open.push(tested);
  return tested;
}
afterEach(async () => {
  for (const tested of open.splice(0)) await tested.remove();
});

const seed = 7;
/** The Challenger stays what it is; the Solver makes five steps. */
const overrides = {
  ...smallRun,
  challenger: { ...(smallRun.challenger as object), steps: 0 },
  solver: { ...(smallRun.solver as object), steps: 5 },
};

/** The toy policy, whose Solver overflows in these updates (0, 1, ...) of this process: a reference that no weights can be near. */
function overflowing(at: (update: number) => boolean) {
  const policy: Policy = openArithmeticPolicy();
  const openTrainer = policy.openTrainer.bind(policy);
  let updates = 0;
  policy.openTrainer = async (weights) => {
    const trainer = await openTrainer(weights);
    const forwardBackward = trainer.forwardBackward.bind(trainer);
    trainer.forwardBackward = (sequences, loss, signal) => {
      if (!at(updates++) || loss.kind !== "grpo") return forwardBackward(sequences, loss, signal);
      const far = sequences.map((each) => ({
        ...each,
        refLogprobs: new Float32Array(each.tokenIds.length - each.completionStart).fill(1000),
      }));
      return forwardBackward(far, { ...loss, klCoef: 1 }, signal);
    };
    return trainer;
  };
  return { policy, updates: () => updates };
}

async function iterate(tested: ServicesUnderTest, changes: object = {}) {
  const run = await tested.services.runs.create({ seed, overrides: { ...overrides, ...changes } });
  const { operation, iterations } = await tested.services.iterations.start({ run: run.id });
  return { run, operation, iteration: iterations[0]!.id };
}

describe("under `skip`", () => {
  test("a rejected step changes no weights, keeps its rollouts, and the next one is made", async () => {
    const tested = await start({ policy: overflowing((update) => update === 1).policy });
    const { run, operation, iteration } = await iterate(tested);
    expect(run.config.onNonFinite).toBe("skip");
    expect(await tested.ended(operation)).toMatchObject({ state: "completed", error: null });
    const steps = tested.curriculum.steps.ofIteration(iteration);
    expect(steps.map(({ skipped }) => skipped)).toEqual([null, "gradient-not-finite", null, null, null]);
    const [before, rejected, after] = steps;
    expect(rejected!.weightsBefore).toBe(before!.weightsAfter);
    expect(rejected!.weightsAfter).toBe(before!.weightsAfter);
    expect(after!.weightsBefore).toBe(before!.weightsAfter);
    expect(steps.map(({ policyVersion }) => policyVersion)).toEqual([1, 1, 2, 3, 4]);
    expect(Number.isFinite(rejected!.metrics.loss)).toBe(false);
    const rollouts = tested.curriculum.rollouts.ofStep(rejected!.id);
    expect(rollouts).toHaveLength(run.config.solver.promptsPerStep * run.config.solver.groupSize);
    expect(rollouts.every(({ weights }) => weights === rejected!.weightsBefore)).toBe(true);
  });

  test("a run that is stopped behind a rejected step ends in the same weights, and does not try that step again", async () => {
    const alone = await start({ policy: overflowing((update) => update === 1).policy });
    const reference = await iterate(alone);
    await alone.ended(reference.operation);

    const first = await startServices({ policy: overflowing((update) => update === 1).policy });
    const { operation, iteration } = await iterate(first);
    while (first.curriculum.steps.ofIteration(iteration).length < 2) await new Promise(setImmediate);
    await first.stop();
    const again = overflowing(() => false);
    const tested = await start({ directory: first.directory, policy: again.policy });
    expect(await tested.ended(operation)).toMatchObject({ state: "completed" });
    const weightsOf = ({ curriculum }: ServicesUnderTest, id: string) =>
      curriculum.steps.ofIteration(id).map(({ weightsAfter, skipped }) => [weightsAfter, skipped]);
    expect(weightsOf(tested, iteration)).toEqual(weightsOf(alone, reference.iteration));
    // Of five steps one was rejected; the others were made, or made again.
    expect(again.updates()).toBe(4);
  });

  test("three in a row end the iteration with the reason, and the run stands where it stood", async () => {
    const tested = await start({ policy: overflowing(() => true).policy });
    const { run, operation, iteration } = await iterate(tested);
    const { state, error } = await tested.ended(operation);
    expect(state).toBe("failed");
    expect(error).toMatchObject({ code: "training-not-finite" });
    const steps = tested.curriculum.steps.ofIteration(iteration);
    expect(steps).toHaveLength(3);
    expect(error!.message).toContain(`of 3 steps in a row, the last of them step 3 (${steps[2]!.id})`);
    const now = tested.services.runs.get(run.id);
    expect(now.solverCheckpointId).toBe(run.solverCheckpointId);
    expect(tested.curriculum.rollouts.ofStep(steps[2]!.id).length).toBeGreaterThan(0);
  });
});

describe("under `stop`", () => {
  test("the first rejected step ends the iteration, and is on record", async () => {
    const tested = await start({ policy: overflowing((update) => update === 1).policy });
    const { run, operation, iteration } = await iterate(tested, { onNonFinite: "stop" });
    const { state, error } = await tested.ended(operation);
    expect([state, error!.code]).toEqual(["failed", "training-not-finite"]);
    const steps = tested.curriculum.steps.ofIteration(iteration);
    expect(steps.map(({ skipped }) => skipped)).toEqual([null, "gradient-not-finite"]);
    expect(error!.message).toContain(`of step 2 (${steps[1]!.id}) was not finite`);
    expect(tested.services.iterations.get(iteration)).toMatchObject({ state: "failed", error });
    expect(tested.services.runs.get(run.id).solverCheckpointId).toBe(run.solverCheckpointId);
  });

  test("one of several updates of a step is enough", async () => {
    const tested = await start({ policy: overflowing((update) => update === 1).policy });
    const solver = { ...overrides.solver, updatesPerStep: 2 };
    const { operation, iteration } = await iterate(tested, { solver, onNonFinite: "stop" });
    expect(await tested.ended(operation)).toMatchObject({ state: "failed", error: { code: "training-not-finite" } });
    const [step, ...others] = tested.curriculum.steps.ofIteration(iteration);
    expect(others).toEqual([]);
    expect(step).toMatchObject({ skipped: null, policyVersion: 1 });
  });
});

test("anything else is refused by name", async () => {
  const tested = await start({});
  await expect(tested.services.runs.create({ overrides: { onNonFinite: "maybe" } })).rejects.toMatchObject({
    code: "invalid-value",
    field: "overrides.onNonFinite",
    value: "maybe",
  });
});
