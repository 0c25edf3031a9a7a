/** A clock that is set back while something runs: the work does not notice, and no time is less than none. */
import { afterEach, expect, test } from "vitest";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

const HOUR = 3_600_000;

let tested: ServicesUnderTest[] = [];
afterEach(async () => {
  for (const each of tested.splice(0)) await each.remove();
  tested = [];
});

/** Weights, durations and how often progress was told, of an iteration under this clock. */
async function iterateUnder(now: () => Date) {
  const each = await startServices({ now });
  tested.push(each);
  const { services, curriculum } = each;
  const run = await services.runs.create({ seed: 7, overrides: smallRun });
  const { operation, iterations } = await services.iterations.start({ run: run.id });
  const { state, error } = await each.ended(operation);
  expect([state, error]).toEqual(["completed", null]);
  const { id } = iterations[0]!;
  const steps = curriculum.steps.ofIteration(id);
  const events = services.operations.events(operation.id, 0, 1000);
  return {
    weights: steps.map(({ weightsAfter }) => weightsAfter),
    seconds: [...steps.map(({ seconds }) => seconds), services.iterations.get(id).seconds!],
    ids: steps.map((step) => step.id),
    left: events.flatMap(({ type, data }) => (type === "progress" ? [data.secondsLeft as number | null] : [])),
  };
}

test("set back again and again, an iteration ends in the same weights", async () => {
  const alone = await iterateUnder(() => new Date());
  // Each look at the clock is ten minutes before the last one, until it has gone back two hours; then it goes on from there.
  let looks = 0;
  const found = await iterateUnder(() => new Date(Date.now() - Math.min(looks++ * (HOUR / 6), 2 * HOUR) - HOUR));
  expect(found.weights).toEqual(alone.weights);
  expect(Math.min(...found.seconds)).toBeGreaterThanOrEqual(0);
  expect([...found.ids].sort()).toEqual(found.ids);
});

test("set back in the middle, progress is told on, with no time left that is less than none", async () => {
  let looks = 0;
  const found = await iterateUnder(() => new Date(Date.now() - (looks++ > 150 ? HOUR : 0)));
  expect(looks).toBeGreaterThan(300);
  expect(Math.min(...found.seconds)).toBeGreaterThanOrEqual(0);
  expect(found.left.length).toBeGreaterThan(3);
  expect(Math.min(...found.left.map((left) => left ?? 0))).toBeGreaterThanOrEqual(0);
});
