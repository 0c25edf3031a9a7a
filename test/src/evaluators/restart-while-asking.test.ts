/** A service that is stopped while it asks evaluators goes on in the same bits. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EvaluatorKind } from "../../../src/records/evaluator.ts";
import type { Iteration } from "../../../src/records/records.ts";
import { type Answering, accept, type Batch, refuse, startEvaluator } from "../../support/evaluator-server.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

let tested: ServicesUnderTest;
const servers: Awaited<ReturnType<typeof startEvaluator>>[] = [];
beforeEach(async () => {
  tested = await startServices();
});
afterEach(async () => {
  await tested.remove();
  for (const server of servers.splice(0)) await server.close();
});

/** Characters of what a batch is about: decides who is down for it, whatever the ids are. */
const length = ({ items }: Batch) => items.reduce((sum, { completions }) => sum + completions.join("").length, 0);
const down: Answering = { status: 400, body: "no" };
/** Down for every third batch, and then for good; the rest is judged. */
const moody = (batch: Batch): Answering =>
  length(batch) % 3 === 0
    ? down
    : { body: { items: batch.items.map((item, index) => (index % 3 === 2 ? refuse(item) : accept(item))) } };
const refuseAll = ({ items }: Batch): Answering => ({ body: { items: items.map(refuse) } });

/** A run whose evaluators answer through `wrap`; those without a verdict are left out. */
async function start(wrap: (answering: (batch: Batch) => Answering) => (batch: Batch) => Answering) {
  const register = async (kind: EvaluatorKind, answering: (batch: Batch) => Answering, limits: object) => {
    const server = await startEvaluator(wrap(answering));
    servers.push(server);
    return tested.services.evaluators.create({ kind, url: server.url, attempts: 1, maxConcurrent: 1, ...limits })
      .evaluator.id;
  };
  const evaluators = {
    verifier: await register("verifier", moody, { batchSize: 4 }),
    grader: await register("grader", moody, { batchSize: 7 }),
    gate: await register("gate", refuseAll, {}),
    onError: "skip",
  };
  const run = await tested.services.runs.create({ seed: 7, overrides: { ...smallRun, evaluators } });
  const { operation, iterations } = await tested.services.iterations.start({ run: run.id });
  return { operation, iteration: iterations[0]!.id };
}

/** What must not depend on interruptions. */
function outcome(id: string) {
  const { curriculum, services } = tested;
  const { gate, metrics, state }: Iteration = services.iterations.get(id);
  const steps = curriculum.steps.ofIteration(id);
  return {
    state,
    gate: gate && [gate.accepted, gate.reasons],
    metrics,
    questions: curriculum.questions.ofIteration(id).map((each) => [each.text, each.state]),
    weights: steps.map((step) => step.weightsAfter),
    solverPaid: steps.flatMap((step) =>
      step.role === "solver" ? curriculum.rollouts.ofStep(step.id).map(({ reward }) => reward) : [],
    ),
    paid: steps.map((step) => curriculum.rollouts.ofStep(step.id).map(({ text, reward }) => [text, reward])),
  };
}

test("asks about nothing twice that was answered, and ends as one that never was", { timeout: 60_000 }, async () => {
  const undisturbed = await start((answering) => answering);
  await tested.ended(undisturbed.operation);
  const reference = outcome(undisturbed.iteration);
  expect(reference.state).toBe("completed");
  expect(new Set(reference.solverPaid)).toEqual(new Set([0, 1]));
  const states = reference.questions.map(([, state]) => state);
  for (const state of ["kept", "vetoed", "unverified"]) expect(states).toContain(state);

  let reached: () => void = () => undefined;
  const nextHang = () =>
    new Promise<void>((resolve) => {
      reached = resolve;
    });
  const seen = new Set<string>();
  const hung = new Set<string>();
  const { operation, iteration } = await start((answering) => (batch) => {
    // The first time it is asked about every fourth batch it hangs, and the service is stopped there.
    const again = seen.has(batch.body);
    seen.add(batch.body);
    if (again || seen.size % 4 !== 3) return answering(batch);
    hung.add(batch.body);
    reached();
    return "hang";
  });
  const { directory } = tested;
  let stops = 0;
  for (let hang = nextHang(); ; hang = nextHang(), stops++) {
    const ended = await Promise.race([tested.ended(operation).then(() => true), hang.then(() => false)]);
    if (ended) break;
    await tested.stop();
    tested = await startServices({ directory });
  }
  expect(stops).toBeGreaterThan(3);
  expect(tested.services.operations.get(operation.id).error).toBeNull();
  expect(outcome(iteration)).toEqual(reference);
  const answered = servers
    .slice(3)
    .flatMap(({ batches }) => batches)
    .filter((batch) => batch.type === "evaluator.gate" || moody(batch) !== down)
    .map(({ body }) => body);
  // What hung was asked once more, everything else that was answered once.
  for (const body of answered) {
    expect(answered.filter((each) => each === body).length).toBeLessThanOrEqual(hung.has(body) ? 2 : 1);
  }
});
