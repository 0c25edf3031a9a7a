import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Page, PageRequest, Question } from "../../../src/records/records.ts";
import { fullRun, newIteration, newOperation, newQuestion, newStep, storedRun } from "./records-of-a-run.ts";
import { open } from "./temporary-curriculum.ts";

function readAll<T>(list: (page: PageRequest) => Page<T>, limit: number, between: () => void = () => undefined): T[] {
  const all: T[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page<T> = list({ limit, after });
    all.push(...page.data);
    expect(page.hasMore).toBe(page.nextCursor !== null);
    if (page.nextCursor === null) return all;
    after = page.nextCursor;
    between();
  }
}

describe("pages", () => {
  test("put together are the whole list, newest first, whatever their size", async () => {
    const c = open();
    const run = storedRun(c);
    const rows = Array.from({ length: 25 }, (_, i) => newQuestion(c, run.id, { text: `q${i}` }));
    await c.questions.insertMany(rows);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), (limit) => {
        expect(readAll((page) => c.questions.list(page, { run: run.id }), limit)).toEqual([...rows].reverse());
      }),
    );
  });

  test("neither repeat nor miss a row while others are added", async () => {
    const c = open();
    const run = storedRun(c);
    const rows = Array.from({ length: 20 }, () => newQuestion(c, run.id));
    await c.questions.insertMany(rows);
    const later: Promise<void>[] = [];
    const read = readAll(
      (page) => c.questions.list(page, {}),
      3,
      () => later.push(c.questions.insertMany([newQuestion(c, run.id), newQuestion(c, run.id)])),
    );
    await Promise.all(later);
    expect(read).toEqual([...rows].reverse());
  });

  test("continue after a row that is gone", async () => {
    const c = open();
    const runs = [storedRun(c), storedRun(c), storedRun(c)];
    const first = c.runs.list({ limit: 2, after: null });
    await c.runs.delete(first.data[1]!.id);
    expect(c.runs.list({ limit: 2, after: first.nextCursor }).data).toEqual([runs[0]]);
  });

  test("of a wrong size or from another list are refused", () => {
    const c = open();
    const invalid = expect.objectContaining({ code: "invalid-value" });
    for (const limit of [0, 201, 1.5, Number.NaN]) {
      expect(() => c.runs.list({ limit, after: null })).toThrow(invalid);
    }
    expect(() => c.runs.list({ limit: 1, after: "op_01" })).toThrow(invalid);
    expect(c.runs.list({ limit: 200, after: null })).toEqual({ data: [], hasMore: false, nextCursor: null });
  });
});

describe("filters", () => {
  test("of questions select like the plain condition", async () => {
    const c = open();
    const runs = [storedRun(c), storedRun(c)];
    const state = fc.constantFrom<Question["state"]>("proposed", "kept", "outside-band");
    const share = fc.option(fc.constantFrom(0, 0.25, 0.5, 1), { nil: null });
    const text = fc.constantFrom("12+18", "100% of 7", "a_b", "back\\slash", "Twelve");
    const rows = fc
      .sample(fc.record({ state, majorityShare: share, text, run: fc.constantFrom(...runs) }), { numRuns: 60, seed: 1 })
      .map(({ run, ...change }) => newQuestion(c, run.id, change));
    await c.questions.insertMany(rows);
    const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
    const filter = fc.record({
      run: optional(fc.constantFrom(...runs.map((run) => run.id), "run_none")),
      state: optional(state),
      minShare: optional(fc.constantFrom(0, 0.3, 0.5)),
      maxShare: optional(fc.constantFrom(0.25, 0.7, 1)),
      search: optional(fc.constantFrom("", "+", "12", "%", "_", "\\", "twelve", "zzz")),
    });
    fc.assert(
      fc.property(filter, (given) => {
        const expected = rows.filter(
          (row) =>
            (given.run === undefined || row.runId === given.run) &&
            (given.state === undefined || row.state === given.state) &&
            (given.minShare === undefined || (row.majorityShare !== null && row.majorityShare >= given.minShare)) &&
            (given.maxShare === undefined || (row.majorityShare !== null && row.majorityShare <= given.maxShare)) &&
            (given.search === undefined || row.text.toLowerCase().includes(given.search)),
        );
        expect(readAll((page) => c.questions.list(page, given), 50)).toEqual(expected.reverse());
      }),
    );
  });

  test("of the other lists", async () => {
    const c = open();
    const one = await fullRun(c);
    const two = await fullRun(c);
    const ids = <T extends { readonly id: string }>(page: Page<T>) => page.data.map((row) => row.id);
    const page = { limit: 50, after: null };
    expect(ids(c.iterations.list(page, { run: one.run.id }))).toEqual([one.iteration.id]);
    expect(ids(c.iterations.list(page, {}))).toEqual([two.iteration.id, one.iteration.id]);
    expect(ids(c.steps.list(page, { run: two.run.id, role: "solver" }))).toEqual([two.step.id]);
    expect(ids(c.steps.list(page, { iteration: one.iteration.id }))).toEqual([one.step.id]);
    expect(ids(c.steps.list(page, { role: "challenger" }))).toEqual([]);
    expect(ids(c.solutions.list(page, { question: one.question.id }))).toEqual([one.solution.id]);
    expect(ids(c.solutions.list(page, { run: two.run.id }))).toEqual([two.solution.id]);
    expect(ids(c.checkpoints.list(page, { run: one.run.id }))).toEqual([one.checkpoint.id]);
    expect(ids(c.checkpoints.list(page, { role: "solver" }))).toEqual([two.checkpoint.id, one.checkpoint.id]);
    expect(ids(c.checkpoints.list(page, {}))).toHaveLength(4);
    expect(ids(c.questions.list(page, { iteration: two.iteration.id }))).toEqual([two.question.id]);
    const training = c.operations.insert(newOperation(c, one.run.id, { kind: "training-step" }));
    expect(ids(c.operations.list(page, { kind: "training-step" }))).toEqual([training.id]);
    expect(ids(c.operations.list(page, { run: two.run.id }))).toEqual([two.operation.id]);
    expect(ids(c.operations.list(page, { state: "running" }))).toEqual([]);
    c.iterations.insert(newIteration(c, one.run.id, training.id, { number: 2 }));
    c.steps.insert(newStep(c, one.run.id, { operationId: training.id }));
  });
});

test("many are read in the order they are asked for, as often as they are", async () => {
  const c = open();
  const run = storedRun(c);
  const rows = Array.from({ length: 2000 }, () => newQuestion(c, run.id));
  await c.questions.insertMany(rows);
  const asked = [...rows].reverse().concat(rows[5]!, rows[5]!);
  expect(c.questions.getMany(asked.map((row) => row.id))).toEqual(asked);
  expect(c.questions.getMany([])).toEqual([]);
});
