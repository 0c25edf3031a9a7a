import { describe, expect, it } from "vitest";
import { testEdge } from "../support/edge.ts";

async function solved() {
  const edge = testEdge();
  const run = (await edge.send("POST", "/v1/runs")).body.id as string;
  await edge.send("POST", "/v1/questions", { kind: "submit", run, questions: ["12+18-2", "1+1"] });
  await edge.send("POST", "/v1/solutions", { run, questions: ["q_000001"], samples: 4 }, { prefer: "wait=5" });
  return { ...edge, run };
}

describe("scores", () => {
  it("of answers against references", async () => {
    const items = [
      { answer: "so \\boxed{28}", reference: "28" },
      { answer: "no idea", reference: "28" },
    ];
    const { status, body } = await testEdge().send("POST", "/v1/scores", {
      kind: "answers",
      domain: "arithmetic",
      items,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      kind: "answers",
      results: [
        { answer: "28", reference: "28", correct: true, how: "string", error: null },
        { answer: null, reference: "28", correct: false, how: null, error: null },
      ],
    });
  });

  it("of vote sets", async () => {
    const request = { kind: "votes", domain: "arithmetic", items: [{ answers: ["28", "28", "30", null] }] };
    const { body } = await testEdge().send("POST", "/v1/scores", request);
    expect(body.results[0]).toMatchObject({ pseudoLabel: "28", majorityShare: 0.5, withoutAnswer: 1 });
  });

  it("of a challenger batch, part by part", async () => {
    const { send, run } = await solved();
    const { body } = await send("POST", "/v1/scores", { kind: "challenger-batch", run, questions: ["q_000001"] });
    expect(body.results).toEqual([
      {
        questionId: "q_000001",
        formatReward: 1,
        majorityShare: 0.75,
        uncertaintyReward: 0.5,
        repetitionPenalty: 0,
        clusterSize: 1,
        reward: 0.5,
      },
    ]);
    const unsolved = await send("POST", "/v1/scores", { kind: "challenger-batch", run, questions: ["q_000002"] });
    expect(unsolved.status).toBe(409);
  });

  it("of stored solver rollouts", async () => {
    const { send, run } = await solved();
    const { body } = await send("POST", "/v1/scores", { kind: "solver-rollouts", run, solutions: ["sol_000001"] });
    const verdicts = ["string", "string", "string", "string"];
    expect(body.results).toEqual([{ solutionId: "sol_000001", pseudoLabel: "28", rewards: [1, 1, 1, 0], verdicts }]);
  });

  it("refuse a domain nobody knows, by name", async () => {
    const items = [{ answer: "1", reference: "1" }];
    const { status, body } = await testEdge().send("POST", "/v1/scores", { kind: "answers", domain: "chess", items });
    expect(status).toBe(422);
    expect(body).toMatchObject({ field: "domain", value: "chess" });
  });
});

describe("training steps", () => {
  it("train from stored rollouts, and are listed", async () => {
    const { send, run } = await solved();
    const body = { run, role: "solver", solutions: ["sol_000001"] };
    expect((await send("POST", "/v1/training-steps", body)).status).toBe(202);
    const done = await send("POST", "/v1/training-steps", body, { prefer: "wait=5" });
    expect(done.status).toBe(200);
    expect(done.body.trainingSteps[0]).toMatchObject({ role: "solver", iterationId: null });
    expect((await send("GET", "/v1/training-steps?role=solver")).body.data).toHaveLength(2);
    expect((await send("GET", "/v1/training-steps?role=challenger")).body.data).toHaveLength(0);
    expect((await send("GET", "/v1/training-steps/step_000001")).body.runId).toBe(run);
  });

  it("take exactly one source of rollouts", async () => {
    const { send, run } = await solved();
    const none = await send("POST", "/v1/training-steps", { run, role: "solver" });
    expect(none.status).toBe(400);
    expect(none.body.detail).toContain("exactly one");
    const two = { run, role: "solver", solutions: ["sol_000001"], questions: ["q_000001", "q_000002"] };
    expect((await send("POST", "/v1/training-steps", two)).status).toBe(400);
  });
});
