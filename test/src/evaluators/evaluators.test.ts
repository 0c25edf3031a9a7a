/** Evaluators over real ports: services over a real database on one side, somebody's server on the other. */
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpEvaluators } from "../../../src/evaluators/http-evaluators.ts";
import { readAllowList } from "../../../src/outbound/allow-list.ts";
import { createOutbound } from "../../../src/outbound/outbound.ts";
import type { EvaluatorKind } from "../../../src/records/evaluator.ts";
import { unrecorded } from "../../../src/telemetry/telemetry.ts";
import { type Answering, accept, type Batch, refuse, startEvaluator } from "../../support/evaluator-server.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

const first = { limit: 200, after: null };
const nowhere = { runId: null, iterationId: null, iteration: null };
const acceptAll = ({ items }: Batch): Answering => ({ body: { items: items.map(accept) } });
const judged = { question: "1+1", reference: "2", answer: "2" };

let server: Awaited<ReturnType<typeof startEvaluator>>;
let tested: ServicesUnderTest;
beforeEach(async () => {
  server = await startEvaluator(acceptAll);
  tested = await startServices();
});
afterEach(async () => {
  await tested.remove();
  await server.close();
});

const register = (kind: EvaluatorKind, limits = {}) =>
  tested.services.evaluators.create({ kind, url: server.url, attempts: 1, deadlineMs: 1000, ...limits });
/** With pauses and a breaker for tests. */
const quick = () =>
  new HttpEvaluators(
    {
      curriculum: tested.curriculum,
      outbound: createOutbound({ allow: readAllowList(["127.0.0.1"]).allow, userAgent: "rzero/test" }),
      telemetry: unrecorded,
      now: () => new Date(),
      random: Math.random,
    },
    { breaker: { failures: 3, openMs: 100 }, pauses: { firstDelayMs: 1, maxDelayMs: 5 } },
  );

test("a batch is signed as Standard Webhooks says, and recorded with its attempt and verdicts", async () => {
  const { evaluator, secret } = register("judge");
  const call = await tested.services.evaluators.test(evaluator.id);
  const [{ body, headers }] = server.batches as [Batch];
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
  expect(headers["webhook-id"]).toBe(call.id);
  expect(call).toMatchObject({ body, error: null, attempts: [{ outcome: "json", status: 200 }] });
  expect(call.verdicts).toEqual([{ verdict: "accept", score: 1, reasons: ["fine"] }]);
  expect(tested.services.evaluators.calls(first, { evaluator: evaluator.id }).data).toEqual([call]);
  expect(JSON.stringify(tested.services.evaluators.get(evaluator.id))).not.toContain(secret);
});

describe("no verdict is made up where an evaluator", () => {
  const one = { id: "0", verdict: "accept", score: 1, reasons: [] };
  const lies: Record<string, [Answering, string]> = {
    "does not answer in time": ["hang", "evaluator-timed-out"],
    "answers 500": [{ status: 500, body: "oh" }, "evaluator-refused"],
    "answers what is not JSON": [{ body: "yes" }, "evaluator-answer-invalid"],
    "answers too much": [{ body: "x".repeat(9_000_000) }, "evaluator-answer-invalid"],
    "answers too few items": [{ body: { items: [] } }, "evaluator-answer-invalid"],
    "answers too many": [{ body: { items: [one, one] } }, "evaluator-answer-invalid"],
    "names an item it was not sent": [{ body: { items: [{ ...one, id: "7" }] } }, "evaluator-answer-invalid"],
    "gives a score beyond 1": [{ body: { items: [{ ...one, score: 2 }] } }, "evaluator-answer-invalid"],
    "gives an unknown verdict": [{ body: { items: [{ ...one, verdict: "ok" }] } }, "evaluator-answer-invalid"],
  };
  test.each(Object.entries(lies))("%s", async (_, [answer, code]) => {
    server.answer(() => answer);
    const { evaluator } = register("judge", { deadlineMs: answer === "hang" ? 200 : 20_000 });
    const call = await tested.services.evaluators.test(evaluator.id);
    expect(call).toMatchObject({ verdicts: [], error: { code } });
  });

  test("is not there", async () => {
    const { evaluator } = register("judge");
    await server.close();
    const call = await tested.services.evaluators.test(evaluator.id);
    expect(call.error).toMatchObject({ code: "evaluator-unreachable" });
    server = await startEvaluator(acceptAll);
  });
});

test("items go in batches, a few at once, and come back in their order", async () => {
  const { evaluator } = register("judge", { batchSize: 3, maxConcurrent: 2 });
  server.answer(({ items }) => ({
    body: { items: items.map((item) => (item.answer === "4" ? refuse(item) : accept(item))).reverse() },
  }));
  const items = ["1", "2", "3", "4", "5", "6", "7"].map((answer) => ({ ...judged, answer }));
  const results = await quick().ask("judge", evaluator.id)(items, nowhere);
  expect(results.map((each) => "verdict" in each && each.verdict === "accept")).toEqual(items.map((_, i) => i !== 3));
  expect(server.batches.map((batch) => batch.items.length).sort()).toEqual([1, 3, 3]);
});

test("what may pass is asked again, with the same id; the circuit opens, and closes when it is well again", async () => {
  const http = quick();
  const { evaluator } = register("judge", { attempts: 3 });
  const ask = async () => (await http.ask("judge", evaluator.id)([judged], nowhere))[0];
  server.answer(() => (server.batches.length < 3 ? { status: 503, body: "" } : acceptAll(server.batches.at(-1)!)));
  expect(await ask()).toMatchObject({ verdict: "accept" });
  expect(new Set(server.batches.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  server.answer(() => ({ status: 503, body: "" }));
  expect(await ask()).toMatchObject({ error: { code: "evaluator-refused" } });
  const before = server.batches.length;
  expect(await ask()).toMatchObject({ error: { code: "evaluator-circuit-open" } });
  expect(server.batches).toHaveLength(before);
  server.answer(acceptAll);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await ask()).toMatchObject({ verdict: "accept" });
});

test.each<[string, Answering]>([
  ["refuses", { status: 401, body: "who are you?" }],
  ["answers no JSON", { body: "<html>" }],
])("an evaluator that %s is left alone too, though the same batch is not sent twice", async (_, answer) => {
  server.answer(() => answer);
  const { evaluator } = register("judge", { attempts: 3, batchSize: 1, maxConcurrent: 1 });
  const results = await quick().ask("judge", evaluator.id)([judged, judged, judged, judged, judged], nowhere);
  expect(server.batches).toHaveLength(3);
  expect(results.slice(3)).toMatchObject([1, 2].map(() => ({ error: { code: "evaluator-circuit-open" } })));
});

describe("a run", () => {
  const iterate = async (evaluators: object) => {
    const run = await tested.services.runs.create({ seed: 3, overrides: { ...smallRun, evaluators } });
    const { operation, iterations } = await tested.services.iterations.start({ run: run.id });
    const ended = await tested.ended(operation);
    return { run, ended, iteration: tested.services.iterations.get(iterations[0]!.id) };
  };

  test("names evaluators that exist, of the right kind", async () => {
    const { evaluator } = register("judge");
    for (const id of [evaluator.id, "evr_1", 3]) {
      await expect(iterate({ gate: id })).rejects.toMatchObject({
        code: "invalid-value",
        field: "overrides.evaluators.gate",
      });
    }
  });

  test("does not train on what is vetoed, and stays where it was when the gate refuses", async () => {
    const { evaluator: verifier } = register("verifier");
    const { evaluator: gate } = register("gate");
    server.answer(({ type, items }) => ({
      body: { items: items.map((item, i) => (type === "evaluator.gate" || i % 2 === 0 ? refuse(item) : accept(item))) },
    }));
    const { run, ended, iteration } = await iterate({ verifier: verifier.id, gate: gate.id });
    expect(ended.error).toBeNull();
    const inState = (state: "kept" | "vetoed") =>
      tested.services.questions.list(first, { iteration: iteration.id, state }).data;
    expect(inState("vetoed").length).toBeGreaterThan(1);
    for (const { verification } of inState("vetoed")) {
      expect(verification).toEqual({
        evaluatorId: verifier.id,
        verdict: "refuse",
        score: 0,
        reasons: ["not convinced"],
      });
    }
    expect(iteration.metrics!.kept).toBe(inState("kept").length);
    expect(iteration.gate).toMatchObject({ evaluatorId: gate.id, accepted: false, reasons: ["not convinced"] });
    expect(iteration.gate!.solver).not.toBe(iteration.solverFrom);
    expect(iteration.solverTo).toBe(iteration.solverFrom);
    expect(tested.services.runs.get(run.id).solverCheckpointId).toBe(iteration.solverFrom);
  });

  test("fails where an evaluator gives no verdict, or uses nothing that was not judged", async () => {
    const { evaluator } = register("verifier");
    server.answer(() => ({ status: 400, body: "no" }));
    const failed = await iterate({ verifier: evaluator.id });
    expect(failed.ended).toMatchObject({ state: "failed", error: { code: "evaluator-failed" } });
    const skipped = await iterate({ verifier: evaluator.id, onError: "skip" });
    expect(skipped.ended.state).toBe("completed");
    expect(skipped.iteration.metrics!.kept).toBe(0);
    const { data } = tested.services.questions.list(first, { iteration: skipped.iteration.id, state: "unverified" });
    expect(data[0]!.verification).toMatchObject({ error: { code: "evaluator-refused" } });
  });

  test("is paid by its grader; the same verdicts give the same weights; stored rollouts are scored again", async () => {
    const { evaluator } = register("grader");
    const even = ({ items }: Batch): Answering => ({
      body: { items: items.map((item) => (item.completions[0].length % 2 === 0 ? accept(item) : refuse(item))) },
    });
    server.answer(even);
    const digests = [];
    for (const _ of [1, 2]) {
      const { iteration } = await iterate({ grader: evaluator.id });
      digests.push(tested.services.checkpoints.get(iteration.solverTo!).digest);
    }
    expect(digests[1]).toBe(digests[0]);
    const { iteration: usual, run } = await iterate({});
    expect(tested.services.checkpoints.get(usual.solverTo!).digest).not.toBe(digests[0]);

    const [solution] = tested.services.solutions.list(first, { run: run.id }).data.filter((each) => each.pseudoLabel);
    const again = { run: run.id, solutions: [solution!.id], evaluator: evaluator.id };
    const [scored] = await tested.services.scores.solverRollouts(again);
    const rollouts = tested.services.solutions.rollouts(solution!.id);
    expect(scored!.rewards).toEqual(rollouts.map(({ text }) => (text.length % 2 === 0 ? 1 : 0)));
    server.answer(() => ({ status: 400, body: "no" }));
    const [unscored] = await tested.services.scores.solverRollouts(again);
    expect(new Set(unscored!.rewards)).toEqual(new Set([null]));
    expect(new Set(unscored!.verdicts)).toEqual(new Set(["error:evaluator-refused"]));
  });
});
