/** Evaluations as operations: stored as they go, resumed without doing anything twice, cancelled, compared, judged. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Judge } from "../../../src/evaluation/judge.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import { openArithmeticPolicy } from "../../support/arithmetic-script.ts";
import {
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

const page = { limit: 200, after: null };
const sampling = { maxTokens: 60 };
const request = { benchmarks: ["arithmetic"], samples: 6, k: 3, greedy: true, limit: 90, seed: 7, sampling };

/** Everything that must not depend on interruptions. */
function outcome({ services }: ServicesUnderTest, id: string) {
  const { state, summary, items, itemsDigest } = services.evaluations.get(id);
  const results = services.evaluations.results(id, page, {}).data.map(({ evaluationId: _, ...result }) => result);
  return { state, summary, items, itemsDigest, results };
}

/** The toy policy, counting what it is asked to sample, with something to do before it. */
function watched(before: (call: number) => void) {
  const policy: Policy = openArithmeticPolicy();
  const generate = policy.generate.bind(policy);
  const counted = { calls: 0, sequences: 0 };
  policy.generate = async (own) => {
    before(++counted.calls);
    const result = await generate(own);
    counted.sequences += own.prompts.reduce((sum, { seeds }) => sum + seeds.length, 0);
    return result;
  };
  return { policy, counted };
}

describe("an evaluation", () => {
  test("measures, counts and stores every item", async () => {
    const tested = await start();
    const { operation, evaluations } = await tested.services.evaluations.start(request);
    expect(operation).toMatchObject({ kind: "evaluations", runId: null, resources: [evaluations[0]!.id] });
    expect((await tested.ended(operation)).state).toBe("completed");
    const { state, summary, items, results } = outcome(tested, evaluations[0]!.id);
    expect({ state, items, results: results.length }).toEqual({ state: "completed", items: 90, results: 90 });
    expect(results.map(({ position }) => position)).toEqual(results.map((_, index) => index));
    const answers = results.flatMap(({ samples, greedy }) => [...samples, greedy!]);
    expect(summary!.answers).toEqual({
      total: 90 * 7,
      truncated: answers.filter(({ truncated }) => truncated).length,
      unparsed: answers.filter(({ text }) => text === "I do not know").length,
      ungraded: 0,
      tokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
    });
    expect(summary!.answers.unparsed).toBeGreaterThan(0);
    const right = results.map(({ samples }) => samples.filter(({ correct }) => correct).length / 6);
    expect(summary!.meanAtK!.value).toBeCloseTo(right.reduce((a, b) => a + b) / 90, 12);
    expect(summary!.greedy!.value).toBe(results.filter(({ greedy }) => greedy!.correct).length / 90);
    expect(summary!.judge).toBeNull();
    // Real sampling: copies of one answer would make every share 0 or 1.
    expect(right.some((share) => share > 0 && share < 1)).toBe(true);
  });

  test("stops and goes on behind the last stored item, and ends with the same results", async () => {
    const undisturbed = await start();
    const whole = await undisturbed.services.evaluations.start(request);
    await undisturbed.ended(whole.operation);

    let stopping: Promise<void> | null = null;
    const first = watched((call) => {
      if (call === 4) stopping = begun.stop();
    });
    const begun = await startServices({ policy: first.policy });
    const { operation, evaluations } = await begun.services.evaluations.start(request);
    const id = evaluations[0]!.id;
    await begun.running.idle();
    await stopping;
    const second = watched(() => undefined);
    const resumed = await start({ directory: begun.directory, policy: second.policy });
    const ended = await resumed.ended(operation);
    expect(ended).toMatchObject({ state: "completed", error: null });
    expect(outcome(resumed, id)).toEqual(outcome(undisturbed, whole.evaluations[0]!.id));
    // 90 items in batches of 36: one was stored, the second was under way.
    expect(second.counted.sequences).toBe((90 - 36) * 7);
  });

  test("is cancelled with what it has, and never touches what is queued behind it", async () => {
    let cancel: () => void = () => undefined;
    const { policy } = watched((call) => {
      if (call === 3) cancel();
    });
    const tested = await start({ policy });
    const { services } = tested;
    const started = await services.evaluations.start({ ...request, benchmarks: ["arithmetic", "arithmetic"] });
    cancel = () => void services.operations.cancel(started.operation.id);
    expect((await tested.ended(started.operation)).state).toBe("cancelled");
    const [first, second] = started.evaluations.map(({ id }) => services.evaluations.get(id));
    expect(first).toMatchObject({ state: "cancelled", summary: null });
    expect(services.evaluations.finished(first!.id)).toBe(36);
    expect(second).toMatchObject({ state: "cancelled", startedAt: null });
    await expect(services.evaluations.compare({ a: first!.id, b: second!.id })).rejects.toThrow("is cancelled");
  });

  test("refuses what cannot be, naming the field", async () => {
    const { services } = await start();
    const refused = (change: object) => services.evaluations.start({ ...request, ...change });
    await expect(refused({ benchmarks: ["gsm8k"] })).rejects.toMatchObject({
      code: "invalid-value",
      field: "benchmarks.0",
      message: expect.stringContaining("expected gsm8k/main/test-00000-of-00001.parquet"),
    });
    await expect(refused({ samples: 0, greedy: false, k: 0 })).rejects.toMatchObject({ field: "samples" });
    await expect(refused({ k: 7 })).rejects.toMatchObject({ field: "k" });
    await expect(refused({ judge: true })).rejects.toMatchObject({ field: "judge" });
    await expect(refused({ model: "nobody" })).rejects.toMatchObject({ code: "not-found" });
    expect(services.evaluations.list(page, {}).data).toEqual([]);
  });

  test("lists and filters", async () => {
    const tested = await start();
    const { services } = tested;
    const { operation, evaluations } = await services.evaluations.start(request);
    await tested.ended(operation);
    const { id } = evaluations[0]!;
    const find = (filter: object) => services.evaluations.results(id, page, filter).data;
    const all = find({});
    const shares = all.map(({ samples, greedy }) => [...samples, greedy!].filter(({ correct }) => correct).length / 7);
    expect(find({ outcome: "right" }).length).toBe(shares.filter((share) => share === 1).length);
    expect(find({ outcome: "wrong" }).length).toBe(shares.filter((share) => share === 0).length);
    expect(find({ outcome: "mixed" }).length).toBe(shares.filter((share) => share > 0 && share < 1).length);
    expect(find({ outcome: "unparsed" }).length).toBeGreaterThan(0);
    expect(find({ outcome: "disputed" })).toEqual([]);
    const { skill } = all[0]!;
    expect(find({ skill }).length).toBe(all.filter((each) => each.skill === skill).length);
    const two = services.evaluations.results(id, { limit: 2, after: "4" }, {});
    expect(two.data.map(({ position }) => position)).toEqual([5, 6]);
    expect(two).toMatchObject({ hasMore: true, nextCursor: "6" });
    expect(() => services.evaluations.results(id, { limit: 2, after: "x" }, {})).toThrow("is not a cursor");
    expect(services.evaluations.list(page, { benchmark: "arithmetic", state: "completed" }).data).toHaveLength(1);
    expect(services.evaluations.list(page, { model: "other" }).data).toEqual([]);
  });

  test("of a run's Solver goes with the run", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ seed: 1, overrides: smallRun });
    const model = `${run.id}/solver`;
    const { operation, evaluations } = await services.evaluations.start({ ...request, limit: 40, model });
    await tested.ended(operation);
    expect(services.evaluations.get(evaluations[0]!.id)).toMatchObject({ runId: run.id, model, state: "completed" });
    await services.runs.delete(run.id);
    expect(() => services.evaluations.get(evaluations[0]!.id)).toThrow("evaluation");
    const left = tested.curriculum.benchmarkEvaluations.countResults(evaluations[0]!.id);
    expect(left).toBe(0);
  });

  test("asks the judge beside the rule, and says how far they agree", async () => {
    const seen = new Set<string>();
    const judge: Judge = {
      name: "contrary",
      judge: async (cases) =>
        cases.map(({ question, reference, answer }) => {
          seen.add(question);
          return answer.endsWith("7") ? { error: "unreadable", message: "?" } : { equivalent: answer !== reference };
        }),
    };
    const tested = await start({ judge: { model: "wise", judge: () => judge } });
    const { operation, evaluations } = await tested.services.evaluations.start({ ...request, limit: 20, judge: true });
    await tested.ended(operation);
    const { summary, results } = outcome(tested, evaluations[0]!.id);
    const { agreement } = summary!.judge!;
    expect(seen.size).toBe(20);
    expect(agreement).toMatchObject({ bothRight: 0, bothWrong: 0, agreement: 0 });
    expect(agreement.kappa).toBeLessThan(0);
    const answered = results
      .flatMap(({ samples, greedy }) => [...samples, greedy!])
      .filter(({ answer }) => answer !== null);
    expect(agreement.judged + agreement.errors).toBe(answered.length);
    // The rule's metrics are what they are without a judge.
    const plain = await tested.services.evaluations.start({ ...request, limit: 20 });
    await tested.ended(plain.operation);
    expect(outcome(tested, plain.evaluations[0]!.id).summary).toEqual({ ...summary, judge: null });
    const disputed = tested.services.evaluations.results(evaluations[0]!.id, page, { outcome: "disputed" }).data;
    expect(disputed.length).toBeGreaterThan(0);
  });

  test("compares two sets of weights on the same items only", async () => {
    const tested = await start();
    const { services } = tested;
    const run = await services.runs.create({ seed: 3, overrides: smallRun });
    const iterated = await services.iterations.start({ run: run.id });
    await tested.ended(iterated.operation);
    const evaluate = async (change: object) => {
      const { operation, evaluations } = await services.evaluations.start({ ...request, ...change });
      await tested.ended(operation);
      return evaluations[0]!.id;
    };
    const a = await evaluate({});
    const b = await evaluate({ model: `${run.id}/solver` });
    const shorter = await evaluate({ limit: 10 });
    const compared = await services.evaluations.compare({ a, b, metric: "meanAtK", seed: 1 });
    expect(compared).toMatchObject({ items: 90, test: "paired-bootstrap" });
    expect(compared.difference.value).toBeCloseTo(compared.b - compared.a, 12);
    expect(compared.a).toBeCloseTo(services.evaluations.get(a).summary!.meanAtK!.value, 12);
    expect(await services.evaluations.compare({ a, b })).toMatchObject({ metric: "greedy", test: "mcnemar-exact" });
    await expect(services.evaluations.compare({ a, b: shorter })).rejects.toThrow("did not answer the same items");
    await expect(services.evaluations.compare({ a, b: "eval_none" })).rejects.toThrow("there is no evaluation");
  });

  test("gives a prompt that fills the context an empty answer, cut off, and goes on", async () => {
    const tested = await start();
    const benchmarks = join(tested.directory, "benchmarks");
    mkdirSync(benchmarks);
    const items = [
      { question: "1+".repeat(200_000), answer: "1" },
      { question: "1+2", answer: "3" },
    ];
    writeFileSync(join(benchmarks, "own.yaml"), JSON.stringify({ prompt: "bare", answer: "exact", items }));
    const { operation, evaluations } = await tested.services.evaluations.start({ benchmarks: ["own"] });
    expect((await tested.ended(operation)).error).toBeNull();
    const [long, short] = outcome(tested, evaluations[0]!.id).results;
    expect(long!.greedy).toMatchObject({ text: "", answer: null, truncated: true, correct: false });
    expect(short!.greedy).toMatchObject({ truncated: false, correct: true });
    expect(tested.services.evaluations.get(evaluations[0]!.id).summary!.answers).toMatchObject({
      truncated: 1,
      unparsed: 0,
    });
  });
});
