import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Operation, Run } from "../../../src/records/records.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

const PAGE = { limit: 200, after: null };

describe("one iteration by hand", () => {
  let tested: ServicesUnderTest;
  let run: Run;
  beforeAll(async () => {
    tested = await startServices();
    run = await tested.services.runs.create({ seed: 3, overrides: smallRun });
  });
  afterAll(() => tested.remove());

  const completed = async (operation: Operation) => {
    const ended = await tested.ended(operation);
    expect(ended.error).toBeNull();
    expect(ended.state).toBe("completed");
    return ended.resources;
  };

  test("propose, solve, score and train move both heads, each to the checkpoint of its step", async () => {
    const { services } = tested;
    const questions = await completed(await services.questions.propose({ run: run.id, count: 24, seed: 1 }));
    expect(questions).toHaveLength(24);
    const wellFormed = services.questions.getMany(questions).filter(({ state }) => state === "proposed");
    expect(wellFormed.length).toBeGreaterThan(5);
    expect(wellFormed.length).toBeLessThan(24);

    const ids = wellFormed.map(({ id }) => id);
    const solutions = await completed(
      await services.solutions.solve({ run: run.id, questions: ids, samples: 8, seed: 2 }),
    );
    expect(solutions).toHaveLength(ids.length);
    for (const solution of solutions.map((id) => services.solutions.get(id))) {
      expect(services.solutions.rollouts(solution.id)).toHaveLength(8);
      const question = services.questions.get(solution.questionId);
      expect(question).toMatchObject({ pseudoLabel: solution.pseudoLabel, majorityShare: solution.majorityShare });
      expect(["kept", "outside-band"]).toContain(question.state);
    }

    const scores = await services.scores.challengerBatch({ run: run.id, questions });
    expect(scores.map(({ question }) => question)).toEqual(questions);
    expect(new Set(scores.map(({ formatReward }) => formatReward))).toEqual(new Set([0, 1]));
    const rewards = await services.scores.solverRollouts({ run: run.id, solutions });
    for (const { solution, rewards: own } of rewards) {
      const { majorityShare } = services.solutions.get(solution);
      expect(own.reduce((sum: number, reward) => sum + reward!, 0) / own.length).toBeCloseTo(majorityShare, 9);
    }

    for (const [role, batch] of [
      ["challenger", { questions }],
      ["solver", { solutions }],
    ] as const) {
      const [step] = await completed(await services.trainingSteps.train({ run: run.id, role, ...batch }));
      const { skipped, weightsAfter, weightsBefore, policyVersion, metrics } = services.trainingSteps.get(step!);
      expect(skipped).toBeNull();
      expect(weightsAfter).not.toBe(weightsBefore);
      expect(metrics.logprobGapMax).toBeLessThan(1e-5);
      const now = services.runs.get(run.id);
      const head = services.checkpoints.get(role === "solver" ? now.solverCheckpointId : now.challengerCheckpointId);
      expect(head).toMatchObject({ digest: weightsAfter, policyVersion, role });
      expect(head.parents).toEqual([run.solverCheckpointId]);
      const rollouts = tested.curriculum.rollouts.ofStep(step!);
      expect(rollouts.every(({ advantage }) => advantage !== null)).toBe(true);
    }
  });

  test("rollouts of earlier weights train with the ratio they had then", async () => {
    const { services } = tested;
    const solutions = services.solutions.list(PAGE, { run: run.id }).data.map(({ id }) => id);
    const [step] = await completed(await services.trainingSteps.train({ run: run.id, role: "solver", solutions }));
    expect(services.trainingSteps.get(step!)).toMatchObject({ skipped: null, number: 2, policyVersion: 2 });
  });

  test("completions sampled elsewhere train too", async () => {
    const { services } = tested;
    const before = services.runs.get(run.id).solverCheckpointId;
    const [step] = await completed(
      await services.trainingSteps.train({
        run: run.id,
        role: "solver",
        groups: [
          {
            prompt: "user: 12+3\n",
            rollouts: [
              { text: "\\boxed{15}", reward: 1 },
              { text: "so \\boxed{16}", reward: 0 },
            ],
          },
        ],
      }),
    );
    expect(services.trainingSteps.get(step!).metrics.sequences).toBe(2);
    expect(tested.curriculum.rollouts.ofStep(step!).map(({ reward }) => reward)).toEqual([1, 0]);
    expect(services.runs.get(run.id).solverCheckpointId).not.toBe(before);
  });

  test("a batch of constant groups is skipped, said so, and the head stays", async () => {
    const { services } = tested;
    const before = services.runs.get(run.id).solverCheckpointId;
    const rollouts = [
      { text: "\\boxed{1}", reward: 1 },
      { text: "\\boxed{2}", reward: 1 },
    ];
    const [step] = await completed(
      await services.trainingSteps.train({
        run: run.id,
        role: "solver",
        groups: [{ prompt: "user: 1+1\n", rollouts }],
      }),
    );
    expect(services.trainingSteps.get(step!)).toMatchObject({
      skipped: "all-groups-constant",
      metrics: { groups: 1, constantGroups: 1, sequences: 0 },
    });
    expect(services.runs.get(run.id).solverCheckpointId).toBe(before);
  });

  test("submitted questions are solved and judged like proposed ones", async () => {
    const { services } = tested;
    const [question] = await services.questions.submit({ run: run.id, questions: ["4+5"] });
    const [solution] = await completed(await services.solutions.solve({ run: run.id, questions: [question!.id] }));
    expect(services.solutions.get(solution!).samples).toBe(6);
    expect(services.questions.get(question!.id).source).toBe("submitted");
    expect(services.questions.get(question!.id).majorityShare).not.toBeNull();
  });

  test.each([
    ["an unknown run", { run: "run_nowhere", role: "solver", solutions: ["sol_x"] }, "not-found"],
    ["no batch", { role: "solver" }, "invalid-value"],
    ["an empty batch", { role: "solver", solutions: [] }, "invalid-value"],
    ["the other role's batch", { role: "challenger", solutions: ["sol_x"] }, "invalid-value"],
    ["an unknown solution", { role: "solver", solutions: ["sol_x"] }, "not-found"],
    ["two batches", { role: "solver", solutions: ["sol_x"], groups: [{ prompt: "a", rollouts: [] }] }, "invalid-value"],
  ] as const)("training on %s is refused at once", async (_, request, code) => {
    await expect(tested.services.trainingSteps.train({ run: run.id, ...request })).rejects.toMatchObject({
      name: "ServiceError",
      code,
    });
  });

  test("unscored rollouts are refused by name", async () => {
    const { services } = tested;
    const [question] = await services.questions.submit({ run: run.id, questions: ["6+5"] });
    const [solution] = await completed(await services.solutions.solve({ run: run.id, questions: [question!.id] }));
    await expect(
      services.trainingSteps.train({ run: run.id, role: "solver", solutions: [solution!] }),
    ).rejects.toMatchObject({ code: "invalid-value", message: expect.stringContaining("score it first") });
    await expect(
      services.scores.challengerBatch({
        run: run.id,
        questions: [(await services.questions.submit({ run: run.id, questions: ["1+1"] }))[0]!.id],
      }),
    ).rejects.toMatchObject({ code: "invalid-value", message: expect.stringContaining("solve it first") });
  });
});
