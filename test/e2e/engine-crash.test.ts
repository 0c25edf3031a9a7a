/** The embedded engine's process is killed in the middle of an iteration: it goes on as if nothing had happened. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createOnnxPolicy } from "../../src/policy/onnx-policy.ts";
import { type ServicesUnderTest, startServices } from "../support/services-under-test.ts";

const sampling = { maxTokens: 48 };
const overrides = {
  challenger: { steps: 3, promptsPerStep: 8, groupSize: 4, sampling },
  solver: { steps: 1, promptsPerStep: 4, groupSize: 4, sampling },
  votes: { samples: 8, sampling },
  pool: { size: 32, sampling },
  evaluation: { questions: 8, samples: 2, sampling },
};

const question = {
  model: "abacus",
  prompts: ["<|user|>12+18-2<|assistant|>"],
  maxTokens: 20,
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  n: 1,
  seed: 1,
  stop: [],
  logprobs: null,
  echo: false,
};

let tested: ServicesUnderTest;
beforeAll(async () => {
  const modelDirectory = fileURLToPath(new URL("../../models/abacus", import.meta.url));
  tested = await startServices({ policy: await createOnnxPolicy({ modelDirectory, threads: 1 }) });
});
afterAll(() => tested?.remove());

/** Child processes of this one that run our device program. */
function deviceProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => {
      try {
        const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1];
        return Number(parent) === process.pid && readFileSync(`/proc/${id}/cmdline`, "utf8").includes("device");
      } catch {
        return false; // It ended while we looked.
      }
    });
}

test.runIf(process.platform === "linux")(
  "an engine that is killed twice in training is started again, and the iteration ends in the bits of one left alone",
  async () => {
    const { services, curriculum } = tested;
    const alone = await services.runs.create({ seed: 1, overrides });
    const reference = await services.iterations.start({ run: alone.id });
    expect(await tested.ended(reference.operation)).toMatchObject({ state: "completed" });

    const run = await services.runs.create({ seed: 1, overrides });
    const { operation, iterations } = await services.iterations.start({ run: run.id });
    const { id } = iterations[0]!;
    for (const steps of [1, 3]) {
      while (curriculum.steps.ofIteration(id).length < steps) {
        expect(services.operations.get(operation.id).finishedAt).toBeNull();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const [device] = deviceProcesses();
      expect(device).toBeDefined();
      process.kill(device!, "SIGKILL");
    }
    const answer = await services.completions.complete(question);
    expect(answer.choices[0]!.text).toContain("28");
    expect(await tested.ended(operation)).toMatchObject({ state: "completed", error: null });

    const weights = (iteration: string) =>
      curriculum.steps.ofIteration(iteration).map(({ role, number, weightsAfter }) => [role, number, weightsAfter]);
    expect(weights(id)).toEqual(weights(reference.iterations[0]!.id));
    const { metrics } = services.iterations.get(id);
    expect(metrics).toEqual(services.iterations.get(reference.iterations[0]!.id).metrics);
    expect(tested.logged.filter((message) => message.startsWith("the engine"))).not.toHaveLength(0);
  },
  120_000,
);

test("an engine without work gives its memory back; weights of a run come back with the next request", async () => {
  const modelDirectory = fileURLToPath(new URL("../../models/abacus", import.meta.url));
  const policy = await createOnnxPolicy({ modelDirectory, threads: 1, idleSeconds: 1 });
  const idle = await startServices({ policy });
  try {
    const { services } = idle;
    const run = await services.runs.create({ seed: 1, overrides });
    const { operation, iterations } = await services.iterations.start({ run: run.id });
    expect(await idle.ended(operation)).toMatchObject({ state: "completed" });
    const { solverTo } = services.iterations.get(iterations[0]!.id);
    const ask = async () => {
      const { choices } = await services.completions.complete({ ...question, model: solverTo! });
      return choices[0]!.text;
    };
    const before = await ask();
    for (const end = Date.now() + 20_000; policy.devicePid !== undefined && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(policy.devicePid).toBeUndefined();
    expect(await ask()).toBe(before);
    expect(policy.devicePid).toBeDefined();
  } finally {
    await idle.remove();
  }
}, 120_000);
