import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ColdStart } from "../../bench/speed/cold-start.ts";
import { measureHttpLatency } from "../../bench/speed/http-latency.ts";
import { eventually, statusOf } from "../../bench/speed/requests.ts";
import { startService } from "../../bench/speed/service-process.ts";

const options = { modelsDirectory: fileURLToPath(new URL("../../models", import.meta.url)), threads: 1 };

describe("measurements of the real service", () => {
  it("time a start, to healthy and then to the first token", async () => {
    const probe = new ColdStart(options);
    await probe.measure();
    expect(probe.healthyMs).toHaveLength(1);
    expect(probe.healthyMs[0]).toBeGreaterThan(0);
    expect(probe.firstTokenMs[0]).toBeGreaterThan(probe.healthyMs[0]!);
  }, 120_000);

  it("see an iteration running while they ask", async () => {
    const result = await measureHttpLatency({ ...options, seconds: 1 });
    expect(result.iterationState).toBe("running");
    expect(result.idle.requests).toBe(100);
    expect(result.duringIteration.requests).toBe(20);
    for (const { p50Ms, p99Ms, maxMs } of [result.idle, result.duringIteration]) {
      expect(p50Ms).toBeGreaterThan(0);
      expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
      expect(maxMs).toBeGreaterThanOrEqual(p99Ms);
    }
  }, 120_000);

  it("leave nothing behind, and name what the service said if it ends by itself", async () => {
    const service = await startService(options);
    try {
      await eventually(service, "GET /healthz", () => statusOf(`${service.origin}/healthz`));
    } finally {
      await service.stop();
    }
    expect(await statusOf(`${service.origin}/healthz`)).toBeNull();
    expect(() => service.assertAlive()).toThrow(/the service ended with 0[\s\S]*stopped/);
  }, 120_000);
});
