/** Metrics as Prometheus reads them, fed by real services over the toy model. */
import { afterEach, describe, expect, test } from "vitest";
import { measuredPolicy } from "../../../src/policy/measured-policy.ts";
import { PolicyError } from "../../../src/policy/policy.ts";
import { createPrometheus } from "../../../src/telemetry/prometheus.ts";
import { openArithmeticPolicy } from "../../support/arithmetic-script.ts";
import { accept, startEvaluator } from "../../support/evaluator-server.ts";
import { policySuite } from "../../support/policy-suite.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

let started: ServicesUnderTest | null = null;

afterEach(async () => {
  await started?.remove();
  started = null;
});

/** Samples by name and labels, `name{a="b"}` -> value. */
function read(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

const readings = { operations: () => ({ queued: 0, running: 0, paused: 0 }), ready: () => true };

describe("metrics", () => {
  test("tell what an iteration did, in the numbers the database has", async () => {
    const telemetry = createPrometheus({ version: "1.2.3", readings, process: false });
    const policy = measuredPolicy(openArithmeticPolicy(), telemetry);
    started = await startServices({ policy, telemetry });
    const { services } = started;
    const run = await services.runs.create({ seed: 1, overrides: smallRun });
    const { operation } = await services.iterations.start({ run: run.id });
    expect((await started.ended(operation)).state).toBe("completed");
    const metrics = read(await telemetry.text());
    expect(metrics.get('rzero_build_info{version="1.2.3"}')).toBe(1);
    expect(metrics.get('rzero_operations_ended_total{kind="iterations",state="completed"}')).toBe(1);
    expect(metrics.get('rzero_operation_run_seconds_count{kind="iterations"}')).toBe(1);
    const [iteration] = services.iterations.list({ limit: 1, after: null }, {}).data;
    const steps = services.iterations.steps(iteration!.id);
    for (const role of ["challenger", "solver"] as const) {
      const own = steps.filter((step) => step.role === role);
      const counted = ["updated", "skipped"].map(
        (outcome) => metrics.get(`rzero_training_steps_total{role="${role}",outcome="${outcome}"}`) ?? 0,
      );
      expect(counted).toEqual([own.filter((s) => !s.skipped).length, own.filter((s) => s.skipped).length]);
      expect(metrics.get(`rzero_training_reward{role="${role}"}`)).toBe(own.at(-1)!.metrics.reward);
    }
    expect(metrics.get("rzero_iterations_total")).toBe(1);
    expect(metrics.get("rzero_iteration_mean_at_k")).toBe(iteration!.metrics!.evaluation.meanAtK.value);
    expect(metrics.get("rzero_iteration_questions_kept")).toBe(iteration!.metrics!.kept);
    expect(metrics.get('rzero_sampled_tokens_total{priority="batch"}')).toBeGreaterThan(1000);
    expect(metrics.get("rzero_trained_sequences_total")).toBeGreaterThan(0);
  });

  test("count failures of the engine, and no cancellation", async () => {
    const telemetry = createPrometheus({ version: "0", readings, process: false });
    const failing = openArithmeticPolicy();
    let code: "engine-crashed" | "cancelled" = "engine-crashed";
    failing.logprobs = () => Promise.reject(new PolicyError(code, "as asked"));
    const policy = measuredPolicy(failing, telemetry);
    const request = { weights: policy.model.baseWeights, sequences: [] };
    await expect(policy.logprobs(request)).rejects.toThrow("as asked");
    code = "cancelled";
    await expect(policy.logprobs(request)).rejects.toThrow("as asked");
    const text = await telemetry.text();
    expect(read(text).get('rzero_engine_failures_total{call="logprobs",code="engine-crashed"}')).toBe(1);
    expect(text).not.toContain('code="cancelled"');
  });

  test("count what is asked of evaluators and told to webhooks, by how it ended", async () => {
    const telemetry = createPrometheus({ version: "0", readings, process: false });
    started = await startServices({ telemetry });
    const { services } = started;
    const server = await startEvaluator(({ items }) => ({ body: { items: items.map(accept) } }));
    const limits = { url: server.url, attempts: 1 };
    const { evaluator } = services.evaluators.create({ kind: "judge", ...limits });
    const { endpoint } = await services.webhooks.create({ url: server.url });
    await services.evaluators.test(evaluator.id);
    server.answer(() => ({ status: 503, body: "" }));
    await services.evaluators.test(evaluator.id);
    await services.webhooks.test(endpoint.id);
    await server.close();
    const metrics = read(await telemetry.text());
    expect(metrics.get('rzero_evaluator_calls_total{kind="judge",outcome="answered"}')).toBe(1);
    expect(metrics.get('rzero_evaluator_calls_total{kind="judge",outcome="evaluator-refused"}')).toBe(1);
    expect(metrics.get('rzero_evaluator_call_seconds_count{kind="judge"}')).toBe(2);
    expect(metrics.get('rzero_webhook_attempts_total{outcome="bad-status"}')).toBe(1);
    expect(metrics.get("rzero_webhook_attempt_seconds_count")).toBe(1);
  });

  test("read what has a state when they are asked for it", async () => {
    const now = { operations: { queued: 2, running: 1, paused: 0 }, ready: false };
    const telemetry = createPrometheus({
      version: "0",
      readings: { operations: () => now.operations, ready: () => now.ready },
      process: false,
    });
    expect(read(await telemetry.text()).get('rzero_operations{state="queued"}')).toBe(2);
    Object.assign(now, { operations: { queued: 0, running: 0, paused: 0 }, ready: true });
    const later = read(await telemetry.text());
    expect([later.get('rzero_operations{state="queued"}'), later.get("rzero_ready")]).toEqual([0, 1]);
  });
});

policySuite("measured policy", {
  open: async () =>
    measuredPolicy(openArithmeticPolicy(), createPrometheus({ version: "0", readings, process: false })),
  prompts: ["user: propose\n", "user: 12+3\n"],
  maxTokens: 60,
  learningRate: 0.1,
  logprobTolerance: 1e-6,
  gradientTolerance: 1e-9,
});
