/** The embedded engine's process is killed in the middle of an iteration: the operation says so, the service lives on. */
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
  "a killed engine fails the step in training, by name, and the next iteration completes",
  async () => {
    const { services, curriculum } = tested;
    const run = await services.runs.create({ seed: 1, overrides });
    const { operation, iterations } = await services.iterations.start({ run: run.id });
    while (curriculum.steps.ofIteration(iterations[0]!.id).length === 0) {
      expect(services.operations.get(operation.id).finishedAt).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const [device] = deviceProcesses();
    expect(device).toBeDefined();
    process.kill(device!, "SIGKILL");
    const ended = await tested.ended(operation);
    expect(ended).toMatchObject({ state: "failed", error: { code: "engine-crashed" } });
    expect(services.iterations.get(iterations[0]!.id)).toMatchObject({ state: "failed", metrics: null });

    const answer = await services.completions.complete({
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
    });
    expect(answer.choices[0]!.text).toContain("28");
    const again = await services.iterations.start({ run: run.id });
    expect(await tested.ended(again.operation)).toMatchObject({ state: "completed", error: null });
  },
  120_000,
);
