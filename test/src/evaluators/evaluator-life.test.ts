/** What becomes of an evaluator while it is used: changed, rotated, named by runs, asked by hand, away for a while. */
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpEvaluators } from "../../../src/evaluators/http-evaluators.ts";
import { readAllowList } from "../../../src/outbound/allow-list.ts";
import { createOutbound } from "../../../src/outbound/outbound.ts";
import type { EvaluatorKind } from "../../../src/records/evaluator.ts";
import { type Measurement, unrecorded } from "../../../src/telemetry/telemetry.ts";
import { contract } from "../../support/edge.ts";
import { type Answering, accept, type Batch, refuse, startEvaluator } from "../../support/evaluator-server.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

const first = { limit: 200, after: null };
const acceptAll = ({ items }: Batch): Answering => ({ body: { items: items.map(accept) } });

let server: Awaited<ReturnType<typeof startEvaluator>>;
let tested: ServicesUnderTest;
let measured: Measurement[];
beforeEach(async () => {
  measured = [];
  server = await startEvaluator(acceptAll);
  tested = await startServices({ telemetry: { record: (each) => void measured.push(each) } });
});
afterEach(async () => {
  await tested.remove();
  await server.close();
});

const register = (kind: EvaluatorKind, limits = {}) =>
  tested.services.evaluators.create({ kind, url: server.url, attempts: 1, deadlineMs: 1000, ...limits });
const newRun = (evaluators: object) => tested.services.runs.create({ seed: 3, overrides: { ...smallRun, evaluators } });
const solved = async (run: string, samples = 4) => {
  const asked = await tested.ended(await tested.services.questions.propose({ run, count: 8, seed: 1 }));
  const { questions } = asked.result as { questions: string[] };
  const written = tested.services.questions.getMany(questions).filter(({ state }) => state !== "malformed");
  const ids = written.map(({ id }) => id);
  const operation = await tested.ended(
    await tested.services.solutions.solve({ run, questions: ids, samples, seed: 1 }),
  );
  const { solutions = [] } = (operation.result ?? {}) as { solutions?: string[] };
  return { ids, solutions, operation };
};

test("while its secret is replaced both sign, and it is a new version", async () => {
  const { evaluator, secret } = register("judge");
  const { secret: fresh, evaluator: changed } = tested.services.evaluators.rotateSecret(evaluator.id);
  expect(fresh).not.toBe(secret);
  expect([evaluator.version, changed.version]).toEqual([1, 2]);
  const call = await tested.services.evaluators.test(evaluator.id);
  expect(call.evaluatorVersion).toBe(2);
  const [{ body, headers }] = server.batches as [Batch];
  for (const each of [secret, fresh]) new Webhook(each).verify(body, headers as Record<string, string>);
  tested.services.evaluators.rotateSecret(evaluator.id);
  await tested.services.evaluators.test(evaluator.id);
  const last = server.batches.at(-1)!;
  expect(() => new Webhook(secret).verify(last.body, last.headers as Record<string, string>)).toThrow();
});

test("another URL is another version, other limits are not", () => {
  const { evaluator } = register("judge");
  const { update } = tested.services.evaluators;
  expect(update(evaluator.id, { attempts: 3, url: evaluator.url }).version).toBe(1);
  expect(update(evaluator.id, { url: `${evaluator.url}v2` }).version).toBe(2);
});

test("within an iteration what a version answered is not asked again; what failed is, and what another version said", async () => {
  const { evaluator } = register("judge");
  const { curriculum } = tested;
  const outbound = createOutbound({ allow: readAllowList(["127.0.0.1"]).allow, userAgent: "rzero/test" });
  const asker = new HttpEvaluators({
    curriculum,
    outbound,
    telemetry: unrecorded,
    now: () => new Date(),
    random: () => 0,
  });
  const within = { runId: null, iterationId: "iter_1", iteration: 1 };
  const item = { question: "1+1", reference: "2", answer: "2" };
  const ask = async () => (await asker.ask("judge", evaluator.id)([item], within))[0];
  server.answer(() => ({ status: 400, body: "no" }));
  expect(await ask()).toMatchObject({ error: { code: "evaluator-refused" } });
  server.answer(acceptAll);
  for (const _ of [1, 2]) expect(await ask()).toMatchObject({ verdict: "accept" });
  expect(server.batches).toHaveLength(2);
  tested.services.evaluators.rotateSecret(evaluator.id);
  server.answer(({ items }) => ({ body: { items: items.map(refuse) } }));
  for (const _ of [1, 2]) expect(await ask()).toMatchObject({ verdict: "refuse" });
  expect(server.batches).toHaveLength(3);
});

test("it cannot be deleted while a run names it, and the refusal says which", async () => {
  const { evaluator } = register("gate");
  const run = await newRun({ gate: evaluator.id });
  expect(() => tested.services.evaluators.delete(evaluator.id)).toThrow(
    expect.objectContaining({ code: "conflict", value: [run.id] }),
  );
  await tested.services.runs.delete(run.id);
  tested.services.evaluators.delete(evaluator.id);
  expect(() => tested.services.evaluators.get(evaluator.id)).toThrow();
});

test("what each kind is sent is what the contract says", async () => {
  server.answer(({ items }) => ({ body: { items: items.map(accept) } }));
  const kinds = ["grader", "verifier", "judge", "gate"] as const;
  const [grader, verifier, , gate] = kinds.map((kind) => register(kind).evaluator.id);
  for (const { id } of tested.services.evaluators.list(first, {}).data) await tested.services.evaluators.test(id);
  const run = await newRun({ grader, verifier, gate });
  await tested.ended((await tested.services.iterations.start({ run: run.id })).operation);
  expect(new Set(server.batches.map(({ type }) => type))).toEqual(new Set(kinds.map((kind) => `evaluator.${kind}`)));
  for (const { body, items } of server.batches) {
    contract.validate("EvaluatorBatch", JSON.parse(body));
    contract.validate("EvaluatorAnswer", { items: items.map(accept) });
  }
  const calls = measured.flatMap((each) => (each.kind === "evaluator-called" ? [each.call] : []));
  expect(calls).toHaveLength(server.batches.length);
});

describe("by hand", () => {
  test("the run's verifier is asked about what the gate keeps", async () => {
    const { evaluator } = register("verifier");
    server.answer(({ items }) => ({
      body: { items: items.map((item, i) => (i % 2 === 0 ? refuse(item) : accept(item))) },
    }));
    const run = await newRun({ verifier: evaluator.id });
    const { ids, operation } = await solved(run.id, 6);
    expect(operation.error).toBeNull();
    const asked = server.batches.flatMap(({ items }) => items);
    expect(asked.length).toBeGreaterThan(1);
    const questions = tested.services.questions.getMany(ids);
    const vetoed = questions.filter(({ state }) => state === "vetoed");
    expect(vetoed).toHaveLength(Math.ceil(asked.length / 2));
    expect(vetoed[0]!.verification).toMatchObject({ evaluatorId: evaluator.id, verdict: "refuse" });
    expect(questions.filter(({ state }) => state === "kept")).toHaveLength(Math.floor(asked.length / 2));
  });

  test("one that gives no verdict fails the solving, and leaves nothing of it", async () => {
    const { evaluator } = register("verifier");
    server.answer(() => ({ status: 400, body: "no" }));
    const run = await newRun({ verifier: evaluator.id });
    const { operation } = await solved(run.id, 6);
    expect(operation.error).toMatchObject({ code: "evaluator-failed" });
    expect(tested.services.solutions.list(first, { run: run.id }).data).toEqual([]);
  });

  test("the run's grader scores unless another is named, and none where null is", async () => {
    const { evaluator } = register("grader");
    server.answer(({ items }) => ({ body: { items: items.map(refuse) } }));
    const run = await newRun({ grader: evaluator.id });
    const { solutions } = await solved(run.id);
    const verdicts = async (named: { evaluator?: string | null }) =>
      (await tested.services.scores.solverRollouts({ run: run.id, solutions, ...named })).flatMap(
        (each) => each.verdicts,
      );
    expect(new Set(await verdicts({}))).toEqual(new Set(["evaluator:refuse"]));
    const asked = server.batches.length;
    expect(await verdicts({ evaluator: null })).toContain("string");
    expect(server.batches).toHaveLength(asked);
  });

  test("who goes away while an evaluator thinks takes the question along", async () => {
    const { evaluator } = register("grader", { deadlineMs: 60_000 });
    server.answer(() => "hang");
    const run = await newRun({});
    const { solutions } = await solved(run.id);
    const gone = new AbortController();
    const scoring = tested.services.scores.solverRollouts(
      { run: run.id, solutions, evaluator: evaluator.id },
      gone.signal,
    );
    const outcome = expect(scoring).rejects.toMatchObject({ code: "cancelled" });
    while (server.batches.length === 0) await new Promise((soon) => setTimeout(soon, 5));
    gone.abort();
    await outcome;
    expect(tested.services.evaluators.calls(first, { evaluator: evaluator.id }).data).toEqual([]);
    const rewards = solutions.flatMap((id) => tested.services.solutions.rollouts(id).map(({ reward }) => reward));
    expect(new Set(rewards)).toEqual(new Set([null]));
  });
});

test("a step nobody grades is skipped, and the next one asks again", async () => {
  const { evaluator } = register("grader");
  let asked = 0;
  server.answer((batch) => (asked++ === 0 ? { status: 400, body: "not now" } : acceptAll(batch)));
  const run = await newRun({ grader: evaluator.id, onError: "skip" });
  const { operation, iterations } = await tested.services.iterations.start({ run: run.id });
  expect((await tested.ended(operation)).error).toBeNull();
  const steps = tested.services.iterations.steps(iterations[0]!.id).filter(({ role }) => role === "solver");
  expect(steps.map(({ skipped }) => skipped === "no-rollouts-graded")).toEqual([true, false, false]);
  expect(measured).toContainEqual(
    expect.objectContaining({ kind: "evaluator-called", call: expect.objectContaining({ error: expect.anything() }) }),
  );
});
