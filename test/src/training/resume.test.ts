/** A service that stops in the middle goes on at the next start, and ends in the same bits, rows and events. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, test } from "vitest";
import { type Policy, PolicyError } from "../../../src/policy/policy.ts";
import type { Operation } from "../../../src/records/records.ts";
import type { RunOverrides } from "../../../src/training/services.ts";
import { openArithmeticPolicy } from "../../support/arithmetic-script.ts";
import { outcome, watched } from "../../support/run-outcome.ts";
import {
  everyPart,
  type ServicesUnderTest,
  smallRun,
  startServices,
  type TestOptions,
} from "../../support/services-under-test.ts";

const open: ServicesUnderTest[] = [];
async function start(options: TestOptions = {}) {
  const tested = await startServices(options);
  open.push(tested);
  return tested;
}
afterEach(async () => {
  for (const tested of open.splice(0)) await tested.remove();
});

const seed = 7;

async function undisturbed(overrides: RunOverrides) {
  let calls = 0;
  const tested = await start({ policy: watched(() => void calls++) });
  const run = await tested.services.runs.create({ seed, overrides });
  const { operation } = await tested.services.iterations.start({ run: run.id, count: 2 });
  return { calls: () => calls, outcome: await outcome(tested, operation) };
}

describe.each([
  { recipe: "as published", overrides: smallRun },
  { recipe: "with every part switched on", overrides: everyPart },
])("a run of two iterations $recipe", ({ overrides }) => {
  test("that is stopped before each call to the engine ends as one that never was", async () => {
    const reference = await undisturbed(overrides);
    expect(reference.calls()).toBeGreaterThan(20);
    // Each start does one call more than the last one did, counted from where it goes on; so every call is cut once.
    let tested = await startServices({ policy: watched(() => undefined) });
    const { directory } = tested;
    const run = await tested.services.runs.create({ seed, overrides });
    await tested.stop();
    let operation: Operation | null = null;
    let starts = 0;
    for (let ended = false; !ended; starts++) {
      let calls = 0;
      // 1, 3, 5, ... calls, so that it gets on and still is cut at many places.
      const allowed = 1 + 2 * (starts % 6);
      const stopHere: { reached: () => void } = { reached: () => undefined };
      const reached = new Promise<void>((resolve) => {
        stopHere.reached = resolve;
      });
      const policy = watched(() => {
        if (++calls > allowed) stopHere.reached();
      });
      tested = await startServices({ directory, policy });
      operation ??= (await tested.services.iterations.start({ run: run.id, count: 2 })).operation;
      await Promise.race([reached, tested.running.idle()]);
      ended = tested.services.operations.get(operation.id).finishedAt !== null;
      await tested.stop();
    }
    expect(starts).toBeGreaterThan(5);
    expect(await outcome(await start({ directory }), operation!)).toEqual(reference.outcome);
  });

  test("whose engine dies now and then ends as one whose engine never did", async () => {
    const reference = await undisturbed(overrides);
    let calls = 0;
    let deaths = 0;
    const policy = watched(() => {
      if (++calls % 5 !== 0) return;
      deaths++;
      throw new PolicyError("engine-crashed", "the engine died");
    });
    const tested = await start({ policy });
    const run = await tested.services.runs.create({ seed, overrides });
    const { operation } = await tested.services.iterations.start({ run: run.id, count: 2 });
    expect(await outcome(tested, operation)).toEqual(reference.outcome);
    expect(deaths).toBeGreaterThan(5);
  });
});

describe("a run whose phases take several pieces", () => {
  // Completions that may be long are asked for 64 at a time.
  const sampling = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 4096 };
  const part = (name: "challenger" | "solver" | "votes" | "pool" | "evaluation", changes: object) => ({
    [name]: { ...(smallRun[name] as object), sampling, ...changes },
  });
  const overrides: RunOverrides = {
    ...part("challenger", { steps: 1 }),
    ...part("solver", { steps: 1 }),
    ...part("votes", { samples: 4 }),
    ...part("pool", { size: 150, dropDuplicates: false }),
    ...part("evaluation", { questions: 50, samples: 3 }),
  };

  /** The toy policy that says how many completions each call asks for, and stands still from call `allowed` on. */
  function counted(sizes: number[], allowed: number, reached: () => void): Policy {
    const policy = openArithmeticPolicy(8192);
    const generate = policy.generate.bind(policy);
    policy.generate = async (request) => {
      if (sizes.length === allowed) {
        reached();
        await new Promise((_, aborted) => request.signal?.addEventListener("abort", aborted));
      }
      const result = await generate(request);
      sizes.push(result.completions.flat().length);
      return result;
    };
    return policy;
  }

  test("and is stopped between any two of them samples nothing twice", async () => {
    const whole: number[] = [];
    const alone = await start({ policy: counted(whole, Number.POSITIVE_INFINITY, () => undefined) });
    const { id } = await alone.services.runs.create({ seed, overrides });
    const reference = await alone.services.iterations.start({ run: id });
    const expected = await outcome(alone, reference.operation);
    // Base: three samples of 50 questions, and greedy answers to them. Then the Challenger's step, the pool, its votes, ...
    expect(whole.slice(0, 4)).toEqual([63, 63, 24, 50]);
    expect(whole.length).toBeGreaterThan(15);

    let tested = await startServices({ policy: openArithmeticPolicy(8192) });
    const { directory } = tested;
    const run = await tested.services.runs.create({ seed, overrides });
    await tested.stop();
    let operation: Operation | null = null;
    const sampled: number[] = [];
    for (let ended = false; !ended; ) {
      const own: number[] = [];
      await new Promise<void>((reached, failed) => {
        startServices({ directory, policy: counted(own, 1, reached) }).then(async (started) => {
          tested = started;
          operation ??= (await started.services.iterations.start({ run: run.id })).operation;
          await started.running.idle();
          reached();
        }, failed);
      });
      ended = tested.services.operations.get(operation!.id).finishedAt !== null;
      await tested.stop();
      sampled.push(...own);
    }
    expect(sampled).toEqual(whole);
    const next = await start({ directory, policy: openArithmeticPolicy(8192) });
    expect(await outcome(next, operation!)).toEqual(expected);
    expect(next.curriculum.integrity().rows.phase_pieces).toBe(0);
  });
});

describe("a run", () => {
  test("on an engine whose arithmetic differs after the restart trains the phase anew instead of going on from other weights", async () => {
    const first = await startServices();
    const run = await first.services.runs.create({ seed, overrides: smallRun });
    const { operation, iterations } = await first.services.iterations.start({ run: run.id });
    while (first.curriculum.steps.ofIteration(iterations[0]!.id).length < 1) await new Promise(setImmediate);
    await first.stop();
    const policy = openArithmeticPolicy();
    const openTrainer = policy.openTrainer.bind(policy);
    let trainers = 0;
    policy.openTrainer = async (weights) => {
      const trainer = await openTrainer(weights);
      const optimStep = trainer.optimStep.bind(trainer);
      // A last bit of difference, in the first trainer only.
      const skewed = trainers++ === 0 ? 1 + 1e-6 : 1;
      trainer.optimStep = (settings) => optimStep({ ...settings, learningRate: settings.learningRate * skewed });
      return trainer;
    };
    const tested = await start({ directory: first.directory, policy });
    expect(await tested.ended(operation)).toMatchObject({ state: "completed" });
    expect(tested.logged).toContain("recorded steps do not repeat here; the phase begins anew");
    const steps = tested.curriculum.steps.ofIteration(iterations[0]!.id);
    for (const [index, step] of steps.entries()) {
      if (index > 0 && steps[index - 1]!.role === step.role)
        expect(step.weightsBefore).toBe(steps[index - 1]!.weightsAfter);
    }
  });
});

describe("what a stopped service left", () => {
  test("half written goes: a row, a folder; whole things stay, and everything goes on", async () => {
    const first = await startServices();
    const { services, curriculum, directory } = first;
    const run = await services.runs.create({ seed, overrides: smallRun });
    const proposed = await first.ended(await services.questions.propose({ run: run.id, count: 4, seed: 1 }));
    const { operation, iterations } = await services.iterations.start({ run: run.id });
    const { id } = iterations[0]!;
    while (curriculum.steps.ofIteration(id).length < 1) await new Promise(setImmediate);
    await first.running.stop();
    const whole = curriculum.questions.ofIteration(id);
    await curriculum.questions.insertMany([{ ...whole[0]!, id: curriculum.makeId("question"), rolloutId: null }]);
    // As a kill leaves it: nobody had the time to queue it again.
    curriculum.operations.setState(operation.id, "running", new Date().toISOString());
    curriculum.close();
    mkdirSync(join(directory, "checkpoints", "ckpt_orphan"));

    const next = await start({ directory });
    expect(next.curriculum.questions.ofIteration(id).slice(0, whole.length)).toEqual(whole);
    expect(await next.ended(operation)).toMatchObject({ state: "completed" });
    expect(next.services.questions.getMany(proposed.resources)).toHaveLength(4);
    expect(readdirSync(join(directory, "checkpoints"))).not.toContain("ckpt_orphan");
    const ofSteps = next.curriculum.questions.ofIteration(id).filter(({ phaseKind }) => phaseKind === "challenger");
    const { steps, promptsPerStep, groupSize } = run.config.challenger;
    expect(ofSteps).toHaveLength(steps * promptsPerStep * groupSize);
  });

  test("by hand goes on as well: proposals once, one step for one step", async () => {
    const first = await startServices();
    const { services, directory } = first;
    const run = await services.runs.create({ seed, overrides: smallRun });
    const groups = [
      {
        prompt: "12+18",
        rollouts: [
          { text: "30", reward: 1 },
          { text: "31", reward: 0 },
        ],
      },
    ];
    const propose = await services.questions.propose({ run: run.id, count: 3, seed: 5 });
    const train = await services.trainingSteps.train({ run: run.id, role: "solver", groups });
    await first.stop();
    const second = await startServices({ directory });
    const { resources } = await second.ended(train);
    expect((await second.ended(propose)).resources).toHaveLength(3);
    await second.stop();
    // The step is stored, and the process died before the operation could say so.
    const raw = new Database(join(directory, "rzero.sqlite"));
    raw.exec(`update operations set state = 'running', finished_at = null, result = null where id = '${train.id}'`);
    raw.close();
    const third = await start({ directory });
    const { checkpoint, ...made } = (await third.ended(train)).result as Record<string, string>;
    expect(made).toEqual({ step: resources[0] });
    expect(third.services.runs.get(run.id).solverCheckpointId).toBe(checkpoint);
    expect(third.curriculum.steps.list({ limit: 10, after: null }, { run: run.id }).data).toHaveLength(1);
    expect(third.curriculum.rollouts.ofStep(resources[0]!)).toHaveLength(2);
    expect(third.services.runs.get(run.id).solverCheckpointId).not.toBe(run.solverCheckpointId);
  });
});
