import { afterEach, describe, expect, test } from "vitest";
import type { Iteration, Run } from "../../../src/records/records.ts";
import type { RunOverrides } from "../../../src/training/services.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

let tested: ServicesUnderTest;
afterEach(() => tested.remove());

/** `smallRun` with parts changed, each a section of the configuration. */
const small = (change: Readonly<Record<string, object>>): RunOverrides => ({
  ...smallRun,
  ...Object.fromEntries(Object.entries(change).map(([key, part]) => [key, { ...(smallRun[key] as object), ...part }])),
});

const OPEN_BAND = { difficultyBand: { min: 0, max: 1 } };

async function evolve(overrides: RunOverrides, count: number, prepare?: (run: Run) => Promise<void>) {
  tested = await startServices();
  const { services } = tested;
  const run = await services.runs.create({ preset: "paper", seed: 3, overrides });
  await prepare?.(run);
  const { operation, iterations } = await services.iterations.start({ run: run.id, count });
  const ended = await tested.ended(operation);
  expect(ended.error).toBeNull();
  return {
    run: services.runs.get(run.id),
    operation: ended,
    iterations: iterations.map(({ id }) => services.iterations.get(id)),
  };
}

const poolOf = ({ id }: Iteration) =>
  tested.curriculum.questions.ofIteration(id).filter(({ phaseKind }) => phaseKind === "pool");

describe("the gate", () => {
  test("finds what an earlier iteration has asked, by index, and only in completed iterations of the run", async () => {
    const gate = { nearDuplicate: 0.9, acrossIterations: true };
    const { iterations } = await evolve(small({ pool: { ...OPEN_BAND, dropDuplicates: true, gate } }), 3);
    const asked = new Set<string>();
    let repeated = 0;
    for (const iteration of iterations) {
      for (const { text, state } of poolOf(iteration)) {
        if (state === "duplicate") repeated++;
        // Exactly the same text is always found.
        if (asked.has(text) && state !== "malformed") expect(state).toBe("duplicate");
      }
      for (const { text, state } of poolOf(iteration)) if (state !== "malformed") asked.add(text);
    }
    expect(repeated).toBeGreaterThan(0);
  });

  test("asks for a lead and for the Challenger's own answer", async () => {
    const gate = { minMargin: 0.5, proposerAgrees: true };
    const { iterations } = await evolve(small({ pool: { ...OPEN_BAND, gate } }), 1);
    const judged = poolOf(iterations[0]!).filter(({ majorityShare }) => majorityShare !== null);
    const agreeing = judged.filter(({ id, proposedAnswer, pseudoLabel }) => {
      const [solution] = tested.services.solutions.list({ limit: 1, after: null }, { question: id }).data;
      const [first, second] = solution!.groups;
      return proposedAnswer === pseudoLabel && (first?.count ?? 0) - (second?.count ?? 0) >= 3;
    });
    expect(judged.filter(({ state }) => state === "kept").map(({ id }) => id)).toEqual(agreeing.map(({ id }) => id));
    expect(agreeing.length).toBeGreaterThan(0);
    expect(agreeing.length).toBeLessThan(judged.length);
  });

  test("before the reward: a repetition earns nothing and costs no votes", async () => {
    const gate = { nearDuplicate: 1 };
    const { iterations } = await evolve(
      small({ challenger: { gateFirst: true, promptsPerStep: 12 }, pool: { ...OPEN_BAND, gate } }),
      1,
    );
    const steps = tested.services.iterations.steps(iterations[0]!.id).filter(({ role }) => role === "challenger");
    const proposals = tested.curriculum.questions
      .ofIteration(iterations[0]!.id)
      .filter(({ phaseKind }) => phaseKind === "challenger");
    const repeated = proposals.filter(({ state }) => state === "duplicate");
    expect(repeated.length).toBeGreaterThan(0);
    const rewards = new Map(
      steps.flatMap(({ id }) => tested.curriculum.rollouts.ofStep(id)).map(({ id, reward }) => [id, reward]),
    );
    for (const { rolloutId, pseudoLabel } of repeated) {
      expect(rewards.get(rolloutId!)).toBe(0);
      expect(pseudoLabel).toBeNull();
    }
  });
});

test("the memory of kinds takes from the second iteration's rewards, never from the first's", async () => {
  const { iterations } = await evolve(small({ challenger: { memoryWeight: 0.5 } }), 2);
  const penalties = iterations.map(({ id }) =>
    tested.services.iterations
      .steps(id)
      .filter(({ role }) => role === "challenger")
      .map(({ metrics }) => metrics.rewardParts.memoryPenalty!),
  );
  expect(penalties[0]!.every((penalty) => penalty === 0)).toBe(true);
  expect(Math.max(...penalties[1]!)).toBeGreaterThan(0);
  const { questions, kinds } = tested.curriculum.memory.kinds(iterations[0]!.runId);
  expect(kinds).toBeGreaterThan(1);
  expect(questions).toBeGreaterThan(kinds);
});

test("replay trains on what earlier iterations kept, with the labels of then", async () => {
  const { iterations } = await evolve(small({ pool: OPEN_BAND, solver: { replayShare: 0.5, promptsPerStep: 40 } }), 2);
  const kept = iterations.map(
    (iteration) =>
      new Set(
        poolOf(iteration)
          .filter(({ state }) => state === "kept")
          .map(({ id }) => id),
      ),
  );
  const trainedOn = (iteration: Iteration) =>
    tested.services.iterations
      .steps(iteration.id)
      .filter(({ role }) => role === "solver")
      .flatMap(({ id }) => tested.curriculum.rollouts.ofStep(id).map(({ questionId }) => questionId!));
  expect(trainedOn(iterations[0]!).every((id) => kept[0]!.has(id))).toBe(true);
  const second = new Set(trainedOn(iterations[1]!));
  expect([...second].some((id) => kept[0]!.has(id))).toBe(true);
  expect([...second].every((id) => kept[0]!.has(id) || kept[1]!.has(id))).toBe(true);
});

test("submitted questions join the pool as its own, and are labelled by votes alone", async () => {
  const texts = ["12+18-2", "7*6", "99-1"];
  const { iterations, run } = await evolve(small({ pool: { ...OPEN_BAND, anchors: 2 } }), 1, async ({ id }) => {
    await tested.services.questions.submit({ run: id, questions: texts });
  });
  const anchors = poolOf(iterations[0]!).filter(({ source }) => source === "submitted");
  expect(anchors).toHaveLength(2);
  for (const { text, pseudoLabel, majorityShare } of anchors) {
    expect(texts).toContain(text);
    expect(majorityShare === null || pseudoLabel !== "").toBe(true);
  }
  expect(iterations[0]!.metrics!.proposed).toBe(run.config.pool.size + 2);
  expect(tested.curriculum.questions.submitted(run.id).map(({ text }) => text)).toEqual(texts);
});

test("a Challenger that starts from the Solver does, in each iteration", async () => {
  const { iterations } = await evolve(small({ challenger: { startFrom: "solver" }, pool: OPEN_BAND }), 2);
  expect(iterations[1]!.challengerFrom).toBe(iterations[0]!.solverTo);
  const to = tested.services.checkpoints.get(iterations[1]!.challengerTo!);
  expect(to).toMatchObject({ role: "challenger", parents: [iterations[0]!.solverTo] });
});

test("the KL term can hold a role to the base, which makes another update than its phase's start does", async () => {
  const weights = async (klAnchor: string) => {
    const { iterations } = await evolve(small({ pool: OPEN_BAND, solver: { klCoef: 1, klAnchor } }), 2);
    const digests = iterations.map(({ solverTo }) => tested.services.checkpoints.get(solverTo!).digest);
    return digests;
  };
  const start = await weights("phase-start");
  await tested.remove();
  const base = await weights("base");
  // The first phase starts at the base.
  expect(base[0]).toBe(start[0]);
  expect(base[1]).not.toBe(start[1]);
});

describe("judgement", () => {
  test("each iteration carries signals, a risk, intervals and comparisons on the same questions", async () => {
    const { iterations, run } = await evolve(small({ pool: OPEN_BAND }), 2);
    const { metrics } = iterations[1]!;
    for (const signal of Object.values(metrics!.signals!)) {
      expect(signal).toBeGreaterThanOrEqual(0);
      expect(signal).toBeLessThanOrEqual(1);
    }
    expect(metrics!.collapseRisk!.value).toBeGreaterThanOrEqual(0);
    const { labels, labelAccuracy, evaluation } = metrics!;
    expect(labels).toMatchObject({ value: labelAccuracy, items: metrics!.kept });
    const base = run.baseEvaluation!.meanAtK.value;
    const first = iterations[0]!.metrics!;
    expect(metrics!.sinceBase!.meanAtK.value).toBeCloseTo(evaluation.meanAtK.value - base, 9);
    expect(metrics!.sinceLast!.meanAtK.value).toBeCloseTo(evaluation.meanAtK.value - first.evaluation.meanAtK.value, 9);
    expect(metrics!.sinceLast!.questions).toBe(16);
    const strata = Object.values(evaluation.strata!).reduce((sum, { questions }) => sum + questions, 0);
    expect(strata).toBe(16);
    expect([null, ...iterations.map(({ solverTo }) => solverTo)]).toContain(run.bestCheckpointId);
  });

  test("the best checkpoint cannot be deleted, an ordinary one of the past can", async () => {
    const { iterations, run } = await evolve(small({ pool: OPEN_BAND }), 3);
    const best = run.bestCheckpointId!;
    await expect(tested.services.checkpoints.delete(best)).rejects.toMatchObject({ code: "conflict" });
    const past = iterations
      .map(({ solverTo }) => solverTo!)
      .find((id) => id !== best && id !== run.solverCheckpointId)!;
    await tested.services.checkpoints.delete(past);
    // What is gone is no candidate any more, and no hindrance.
    const { operation } = await tested.services.iterations.start({ run: run.id });
    expect((await tested.ended(operation)).error).toBeNull();
  });

  test("a run stops of itself, says why, cancels what was queued, and may be told to go on", async () => {
    const overrides = { ...small({ pool: OPEN_BAND }), stopOn: { iterationsWithoutGain: 1, collapseRisk: 0.01 } };
    const { iterations, run, operation } = await evolve(overrides, 30);
    expect(run.stopReason).toMatch(/collapse risk|no better checkpoint/);
    expect(operation).toMatchObject({ state: "completed", result: { stopped: run.stopReason } });
    const states = iterations.map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(["completed", "cancelled"]));
    expect(iterations.at(-1)!.error).toEqual({ code: "stopped", message: run.stopReason });
    const { operation: again } = await tested.services.iterations.start({ run: run.id });
    expect((await tested.ended(again)).state).toBe("completed");
  });
});
