/** A request that made something, and a process that was gone before the answer was stored: the retry finds what was made. */
import { afterEach, describe, expect, test } from "vitest";
import { createApp } from "../../../routes/app.ts";
import type { IdempotencyStore } from "../../../src/records/idempotency.ts";
import { openArithmeticPolicy } from "../../support/arithmetic-script.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

let started: ServicesUnderTest | null = null;

afterEach(async () => {
  await started?.remove();
  started = null;
});

/** An edge whose answers are lost: whatever was to be stored of them never is. */
function edgeOver({ services, curriculum }: ServicesUnderTest, answersAreLost: boolean) {
  const idempotency: IdempotencyStore = answersAreLost
    ? { ...curriculum.idempotency, complete: () => undefined, release: () => undefined }
    : curriculum.idempotency;
  const app = createApp({ services, idempotency, version: "0", clock: () => new Date() });
  return async (path: string, body: object) => {
    const headers = { "content-type": "application/json", accept: "application/json", "idempotency-key": path };
    const response = await app.request(`/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    // biome-ignore lint/suspicious/noExplicitAny: compared as a whole, or by its ids.
    const answer = (await response.json()) as any;
    return { status: response.status, replayed: response.headers.get("idempotency-replayed"), answer };
  };
}

/** The first sending, a restart over the same data, and the same request again. */
async function sendTwice(path: string, prepare: (from: ServicesUnderTest) => Promise<object>) {
  started = await startServices({ policy: openArithmeticPolicy(8192) });
  const body = await prepare(started);
  const first = await edgeOver(started, true)(path, body);
  expect(first.status, JSON.stringify(first.answer)).toBeLessThan(300);
  await started.stop();
  started = await startServices({ directory: started.directory, policy: openArithmeticPolicy(8192) });
  const again = await edgeOver(started, false)(path, body);
  expect(again.status, JSON.stringify(again.answer)).toBeLessThan(300);
  expect([first.replayed, again.replayed]).toEqual([null, "true"]);
  // From now on the answer itself is repeated.
  expect((await edgeOver(started, false)(path, body)).answer).toEqual(again.answer);
  return { first: first.answer, again: again.answer, curriculum: started.curriculum };
}

const everything = { limit: 200, after: null };
const run = async ({ services }: ServicesUnderTest) => services.runs.create({ seed: 1, overrides: smallRun });

describe("sent again after a crash,", () => {
  test("a run is the one that was made", async () => {
    const { first, again, curriculum } = await sendTwice("runs", async () => ({ seed: 3 }));
    expect(again).toEqual(first);
    expect(curriculum.runs.list(everything).data).toHaveLength(1);
  });

  test("iterations are the ones that were queued, and so is their run", async () => {
    const { first, again, curriculum } = await sendTwice("iterations", async () => ({ count: 2 }));
    expect(again.operation.id).toBe(first.operation.id);
    expect(again.iterations.map(({ id }: { id: string }) => id)).toEqual(
      first.iterations.map(({ id }: { id: string }) => id),
    );
    expect(curriculum.runs.list(everything).data).toHaveLength(1);
    expect(curriculum.operations.list(everything, {}).data).toHaveLength(1);
  });

  test("submitted questions are stored once", async () => {
    const { first, again, curriculum } = await sendTwice("questions", async (from) => ({
      kind: "submit",
      run: (await run(from)).id,
      questions: ["1+1", "2+2"],
    }));
    expect(again).toEqual(first);
    expect(curriculum.questions.list(everything, {}).data).toHaveLength(2);
  });

  test.each(["questions", "solutions", "training-steps"])(
    "the operation of %s is the one that was queued",
    async (path) => {
      const { first, again, curriculum } = await sendTwice(path, async (from) => {
        const { id } = await run(from);
        const asked = ["1+1", "2+3"];
        const questions = (await from.services.questions.submit({ run: id, questions: asked })).map((each) => each.id);
        const rollouts = [0, 1].map((reward) => ({ text: "\\boxed{2}", reward }));
        return {
          questions: { kind: "propose", run: id, count: 2 },
          solutions: { run: id, questions, samples: 2 },
          "training-steps": { run: id, role: "solver", groups: [{ prompt: "1+1", rollouts }] },
        }[path]!;
      });
      expect(again.operation.id).toBe(first.operation.id);
      expect(curriculum.operations.list(everything, {}).data).toHaveLength(1);
    },
  );
});

test("a full queue leaves no run behind", async () => {
  started = await startServices({ maxQueued: 1, policy: openArithmeticPolicy(8192) });
  const { services, curriculum } = started;
  await services.iterations.start({});
  await expect(services.iterations.start({})).rejects.toMatchObject({ code: "too-many-queued" });
  expect(curriculum.runs.list(everything).data).toHaveLength(1);
});
