/** A registered evaluator as judge of an evaluation: what it is asked, what is kept of it, what it is not asked twice. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Batch, startEvaluator } from "../../support/evaluator-server.ts";
import { type ServicesUnderTest, startServices } from "../../support/services-under-test.ts";

/** Accepts what is the reference, and gives its reasons. */
const strict = ({ items }: Batch) => ({
  body: {
    items: items.map(({ id, reference, answer }) => ({
      id,
      verdict: answer === reference ? "accept" : "refuse",
      score: answer === reference ? 1 : 0.125,
      reasons: [`${answer} against ${reference}`],
    })),
  },
});

let server: Awaited<ReturnType<typeof startEvaluator>>;
let tested: ServicesUnderTest;
beforeEach(async () => {
  server = await startEvaluator(strict);
  tested = await startServices();
});
afterEach(async () => {
  await tested.remove();
  await server.close();
});

const page = { limit: 200, after: null };
const register = (kind: "judge" | "gate" = "judge") =>
  tested.services.evaluators.create({ kind, url: server.url, attempts: 1, batchSize: 16 }).evaluator;
const evaluate = async (judge: { evaluator: string } | undefined, change = {}) => {
  const request = { benchmarks: ["arithmetic"], samples: 2, greedy: true, limit: 20, seed: 5, ...change };
  const { operation, evaluations } = await tested.services.evaluations.start({ ...request, ...(judge && { judge }) });
  expect((await tested.ended(operation)).error).toBeNull();
  const evaluation = tested.services.evaluations.get(evaluations[0]!.id);
  const results = tested.services.evaluations.results(evaluation.id, page, {}).data;
  return { evaluation, answers: results.flatMap(({ samples, greedy }) => [...samples, greedy!]) };
};

test("it stands beside the rule with its score and reasons, is recorded, and is not asked twice about the same", async () => {
  const { id } = register();
  const { evaluation, answers } = await evaluate({ evaluator: id });
  expect(evaluation.settings.judge).toEqual({ evaluator: id });
  const answered = answers.filter(({ answer }) => answer !== null);
  for (const { answer, correct, judge } of answered) {
    expect(judge).toMatchObject({ equivalent: correct, score: correct ? 1 : 0.125 });
    expect(JSON.stringify(judge)).toContain(`${answer} against`);
  }
  expect(answers.filter(({ answer }) => answer === null).every(({ judge }) => judge === null)).toBe(true);
  expect(evaluation.summary!.judge!.agreement).toMatchObject({ judged: answered.length, errors: 0, agreement: 1 });
  // Each case once, in batches of at most 16, each of them recorded.
  const cases = server.batches.flatMap(({ items }) => items.map(({ id: _, ...each }) => JSON.stringify(each)));
  expect(new Set(cases).size).toBe(cases.length);
  expect(Math.max(...server.batches.map(({ items }) => items.length))).toBe(16);
  expect(tested.services.evaluators.calls(page, { evaluator: id }).data).toHaveLength(server.batches.length);

  const asked = server.batches.length;
  const again = await evaluate({ evaluator: id });
  expect(again.answers).toEqual(answers);
  expect(server.batches).toHaveLength(asked);
  // The same words from another version are others' words.
  tested.services.evaluators.update(id, { url: `${server.url}v2` });
  await evaluate({ evaluator: id });
  expect(server.batches).toHaveLength(2 * asked);
  const plain = await evaluate(undefined);
  expect(plain.evaluation.summary).toEqual({ ...evaluation.summary, judge: null });
});

test("two judges are asked about the same answers, and each has its own verdicts", async () => {
  const [one, two] = [register(), register()];
  await evaluate({ evaluator: one.id });
  const asked = server.batches.length;
  server.answer(({ items }) => ({
    body: { items: items.map(({ id }) => ({ id, verdict: "refuse", score: 0, reasons: [] })) },
  }));
  const { evaluation } = await evaluate({ evaluator: two.id });
  expect(server.batches.length).toBe(2 * asked);
  expect(evaluation.summary!.judge!.agreement).toMatchObject({ bothRight: 0, onlyJudge: 0 });
});

test("its failures are typed, count as no verdict, and are asked about again", async () => {
  const { id } = register();
  server.answer(() => ({ status: 403, body: "no" }));
  const { evaluation, answers } = await evaluate({ evaluator: id });
  const { agreement } = evaluation.summary!.judge!;
  expect(agreement).toMatchObject({ judged: 0, agreement: null });
  expect(agreement.errors).toBe(answers.filter(({ answer }) => answer !== null).length);
  expect(answers.find(({ judge }) => judge !== null)!.judge).toMatchObject({
    error: "refused",
    message: expect.stringContaining("403"),
  });
  server.answer(strict);
  const well = await evaluate({ evaluator: id });
  expect(well.evaluation.summary!.judge!.agreement.errors).toBe(0);
});

test("it exists, is a judge, and stays while an evaluation is to ask it", async () => {
  const gate = register("gate");
  for (const evaluator of [gate.id, "evr_none"]) {
    await expect(
      tested.services.evaluations.start({ benchmarks: ["arithmetic"], judge: { evaluator } }),
    ).rejects.toThrow(expect.objectContaining({ code: "invalid-value", field: "judge.evaluator", value: evaluator }));
  }
  // No endpoint is configured here.
  for (const judge of [true, { model: "wise" }]) {
    await expect(tested.services.evaluations.start({ benchmarks: ["arithmetic"], judge })).rejects.toThrow(
      expect.objectContaining({ code: "invalid-value", field: "judge" }),
    );
  }
  const { id } = register();
  server.answer(() => "hang");
  const { operation, evaluations } = await tested.services.evaluations.start({
    benchmarks: ["arithmetic"],
    limit: 4,
    judge: { evaluator: id },
  });
  expect(() => tested.services.evaluators.delete(id)).toThrow(
    expect.objectContaining({ code: "conflict", value: [evaluations[0]!.id] }),
  );
  await tested.services.operations.cancel(operation.id);
  await tested.ended(operation);
  tested.services.evaluators.delete(id);
});
