/** Grading as the services use it, with the real grading process. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

let under: ServicesUnderTest;
beforeAll(async () => {
  under = await startServices();
});
afterAll(() => under.remove());

describe("scores of the domain math", () => {
  it("say what decided, or why nothing did", async () => {
    const long = `${"x+".repeat(1500)}1`;
    const items = [
      { answer: "so \\boxed{\\frac{2}{4}}", reference: "0.5" },
      { answer: "The final answer is (x+1)^2.", reference: "x^2+2x+1" },
      { answer: "\\boxed{\\{2,1\\}}", reference: "1, 2" },
      { answer: "\\boxed{7}", reference: "8" },
      { answer: "\\boxed{7", reference: "7" },
      { answer: `\\boxed{${long}}`, reference: "7" },
      { answer: "\\boxed{\\sqrt{}}", reference: "7" },
    ];
    const scores = await under.services.scores.answers({ domain: "math", items });
    expect(scores.map(({ correct, how, error }) => [correct, how, error?.code ?? null])).toEqual([
      [true, "numeric", null],
      [true, "symbolic", null],
      [true, "set", null],
      [false, "numeric", null],
      [false, null, null],
      [false, null, "too-long"],
      [false, null, "unparsable"],
    ]);
  });

  it("group votes by value, say how, and count what could not be compared", async () => {
    const answers = ["\\boxed{1/2}", "\\boxed{\\frac{1}{2}}", "0.5", "3", null, "\\boxed{\\sqrt{}}"];
    const [vote] = await under.services.scores.votes({ domain: "math", items: [{ answers }] });
    expect(vote).toEqual({
      pseudoLabel: "1/2",
      majorityShare: 0.5,
      withoutAnswer: 1,
      groups: [
        { answer: "1/2", count: 3, how: { string: 1, numeric: 2 } },
        { answer: "3", count: 1, how: { string: 1 } },
        { answer: "\\sqrt{}", count: 1, how: { string: 1 } },
      ],
      gradingErrors: { unparsable: 4 },
    });
  });
});

it("keeps the exact rule of the domain arithmetic", async () => {
  const items = [
    { answer: "\\boxed{7}", reference: "7.0" },
    { answer: "\\boxed{50\\%}", reference: "50" },
  ];
  const scores = await under.services.scores.answers({ domain: "arithmetic", items });
  expect(scores.map(({ correct, how }) => [correct, how])).toEqual([
    [true, "numeric"],
    [false, "numeric"],
  ]);
});

it("records on rollouts and solutions how they were graded", async () => {
  const { services } = under;
  const run = await services.runs.create({ seed: 3, overrides: smallRun });
  const proposed = await under.ended(await services.questions.propose({ run: run.id, count: 2, seed: 3 }));
  const solved = await under.ended(
    await services.solutions.solve({ run: run.id, questions: [...proposed.resources], samples: 5, seed: 3 }),
  );
  const [score] = await services.scores.solverRollouts({ run: run.id, solutions: solved.resources });
  const solution = services.solutions.get(solved.resources[0]!);
  expect(solution.gradingErrors).toEqual({});
  expect(solution.groups.every(({ how, count }) => Object.values(how!).reduce((a, b) => a + b, 0) === count)).toBe(
    true,
  );
  const rollouts = services.solutions.rollouts(solution.id);
  expect(rollouts.map(({ verdict }) => verdict)).toEqual(score!.verdicts);
  for (const { answer, verdict } of rollouts) expect(verdict === null).toBe(answer === null);
});
